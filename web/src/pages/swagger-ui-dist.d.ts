// What we use of Swagger UI, whose package has no types of its own.

declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  type Options = {
    domNode: HTMLElement;
    url: string;
    presets: unknown[];
    deepLinking: boolean;
    docExpansion: 'none' | 'list' | 'full';
    defaultModelsExpandDepth: number;
    displayRequestDuration: boolean;
    filter: boolean;
    tryItOutEnabled: boolean;
    validatorUrl: string | null;
    onComplete?: () => void;
  };
  const bundle: {
    (options: Options): unknown;
    presets: { apis: unknown };
  };
  export default bundle;
}

// Where the focus goes when a form was not taken.

/** Moves the focus to the first field that is wrong, or to the top of the page, where the rest is said. */
export function focusFirstFault(form: HTMLFormElement | null) {
  const field = form?.querySelector<HTMLElement>(
    '[aria-invalid="true"], [data-error="true"] input, [data-error="true"] textarea',
  );
  if (field) field.focus();
  else window.scrollTo(0, 0);
}

// Where the focus goes when a form was not taken, and when what had it is gone.

/** Moves the focus to the first field that is wrong, or to the top of the page, where the rest is said. */
export function focusFirstFault(form: HTMLFormElement | null) {
  const field = form?.querySelector<HTMLElement>(
    '[aria-invalid="true"], [data-error="true"] input, [data-error="true"] textarea',
  );
  if (field) field.focus();
  else window.scrollTo(0, 0);
}

/** Moves the focus to `place`, once all is drawn, where what had it is gone or does nothing now: Tab goes on from there. */
export function keepFocus(place: HTMLElement | null) {
  setTimeout(() => {
    const { activeElement, body } = document;
    if (!activeElement || activeElement === body || activeElement.matches(':disabled')) place?.focus();
  }, 50);
}

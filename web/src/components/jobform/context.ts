// What the fields of the job form share: the values, how to change one, and the server's errors at their fields.

import { createContext, useContext } from 'react';
import type { Fault } from '../../api/problem';
import { type FieldName, fieldOf, fieldsOf, type JobForm } from '../../lib/jobform';

export type JobFormState = {
  form: JobForm;
  set: <K extends FieldName>(name: K, value: JobForm[K]) => void;
  faults: Fault[];
  /** True when the job exists: its name stays. */
  saved: boolean;
  /** A module that was dropped on the form, to be uploaded. */
  module?: File;
  /** Says that it is uploaded. */
  moduleTaken: () => void;
};

const Context = createContext<JobFormState | undefined>(undefined);

export const JobFormProvider = Context.Provider;

export function useJobForm(): JobFormState {
  const state = useContext(Context);
  if (!state) throw new Error('a field of the job form stands inside its form');
  return state;
}

/** Returns one field's value, how to change it, and what is wrong with it. */
export function useField<K extends FieldName>(name: K) {
  const { form, set, faults } = useJobForm();
  return {
    value: form[name],
    set: (value: JobForm[K]) => set(name, value),
    faults: faultsAt(name, form, faults),
  };
}

function faultsAt(name: FieldName, form: JobForm, faults: Fault[]): Fault[] {
  const shown = fieldsOf(form.kind);
  return faults.filter((fault) => fieldOf(fault.path, shown) === name);
}

/** Returns what is wrong and has no field on the page. */
export function faultsElsewhere(form: JobForm, faults: Fault[]): Fault[] {
  const shown = fieldsOf(form.kind);
  return faults.filter((fault) => fieldOf(fault.path, shown) === undefined);
}

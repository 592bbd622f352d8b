import * as vscode from 'vscode';

/** The user wants the previous step. */
export const BACK = Symbol('back');

type Answer<T> = T | typeof BACK | undefined;

/** The position of a question in a series. */
export interface Place {
  readonly step: number;
  readonly totalSteps: number;
}

interface Question {
  readonly title: string;
  readonly placeholder?: string;
  readonly place?: Place | undefined;
  /** The question closes when it loses the focus, because the user did not ask for it. */
  readonly isFleeting?: boolean;
}

export interface TextQuestion extends Question {
  readonly prompt: string;
  readonly value?: string | undefined;
  readonly password?: boolean;
  /** The problem of the text so far. */
  readonly check?: (value: string) => string | undefined;
  /** The problem of an answer, checked only when it is given. */
  readonly checkAnswer?: (value: string) => string | undefined;
  /** The problem to show at first. */
  readonly problem?: string | undefined;
}

export interface Choice<T> extends vscode.QuickPickItem {
  readonly value: T;
}

/** Asks for a line of text; an empty one is not accepted. Undefined if the user cancels. */
export function askText(question: TextQuestion): Promise<Answer<string>> {
  const input = vscode.window.createInputBox();
  input.prompt = question.prompt;
  input.value = question.value ?? '';
  input.password = question.password ?? false;
  input.validationMessage = question.problem;
  input.onDidChangeValue((value) => {
    input.validationMessage = question.check?.(value);
  });
  return show(input, question, () => {
    const problem = question.check?.(input.value) ?? question.checkAnswer?.(input.value);
    if (problem !== undefined) input.validationMessage = problem;
    return problem === undefined && input.value !== '' ? input.value : undefined;
  });
}

/** Asks for one of several choices; `choices` may be a promise. */
export async function askChoice<T>(
  question: Question,
  choices: readonly Choice<T>[] | Promise<readonly Choice<T>[]>,
): Promise<Answer<T>> {
  const pick = vscode.window.createQuickPick<Choice<T>>();
  pick.matchOnDescription = true;
  pick.busy = true;
  let isHidden = false;
  pick.onDidHide(() => {
    isHidden = true;
  });
  const answer = show(pick, question, () => pick.selectedItems[0]?.value);
  try {
    pick.items = await choices;
    pick.busy = false;
  } catch (error) {
    if (!isHidden) pick.hide();
    throw error;
  }
  return answer;
}

/** Asks for any number of choices, some of which are preselected. @param titleOf the title for the current selection */
export function askMany<T>(
  question: Question,
  choices: readonly (Choice<T> & { readonly isTaken: boolean })[],
  titleOf: (taken: readonly T[]) => string,
): Promise<Answer<readonly T[]>> {
  const pick = vscode.window.createQuickPick<Choice<T>>();
  const valuesOf = (items: readonly Choice<T>[]) => items.map(({ value }) => value);
  pick.canSelectMany = true;
  pick.matchOnDescription = true;
  pick.items = choices;
  pick.selectedItems = choices.filter(({ isTaken }) => isTaken);
  pick.onDidChangeSelection((items) => {
    pick.title = titleOf(valuesOf(items));
  });
  return show(pick, question, () => valuesOf(pick.selectedItems));
}

/** One of several questions; its creator keeps the answer. */
export type Step = (place: Place | undefined) => Promise<Answer<unknown>>;

/**
 * Asks one question after the other. Going back shows the previous question with its answer. Returns false if the user
 * cancels.
 */
export async function askInTurn(steps: readonly Step[]): Promise<boolean> {
  for (let at = 0; at < steps.length; ) {
    const answer = await steps[at]?.(steps.length > 1 ? { step: at + 1, totalSteps: steps.length } : undefined);
    if (answer === undefined) return false;
    at += answer === BACK ? -1 : 1;
  }
  return true;
}

function show<T>(
  input: vscode.InputBox | vscode.QuickPick<vscode.QuickPickItem>,
  { title, placeholder, place, isFleeting = false }: Question,
  read: () => T | undefined,
): Promise<Answer<T>> {
  input.title = title;
  input.placeholder = placeholder;
  input.ignoreFocusOut = !isFleeting; // looking up a fingerprint in a mail must not lose the input
  if (place) {
    input.step = place.step;
    input.totalSteps = place.totalSteps;
    if (place.step > 1) input.buttons = [vscode.QuickInputButtons.Back];
  }
  return new Promise((resolve) => {
    const settle = (answer: Answer<T>) => {
      resolve(answer);
      input.dispose();
    };
    input.onDidAccept(() => {
      const answer = read();
      if (answer !== undefined) settle(answer);
    });
    input.onDidTriggerButton((button) => {
      if (button === vscode.QuickInputButtons.Back) settle(BACK);
    });
    input.onDidHide(() => settle(undefined));
    input.show();
  });
}

import type { Condition, ProbeKind } from '../probes/model';
import type { Role } from './row';

/** One text to be scored after a prompt. */
export interface ScoreRequest {
  readonly fact: string;
  readonly probe: string;
  readonly kind: ProbeKind;
  readonly condition: Condition | null;
  readonly role: Role;
  /** Place among the texts of this role. */
  readonly index: number;
  readonly prompt: string;
  readonly join: string;
  /** Target or foil, without the join. */
  readonly text: string;
}

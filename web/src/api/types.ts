// The names of the API's bodies as pages use them. All of them come from the generated schema.

import type { components } from './schema';

type Schemas = components['schemas'];

export type Job = Schemas['Job'];
export type JobView = Schemas['JobView'];
export type JobSummary = Schemas['JobSummary'];
export type JobPage = Schemas['JobPage'];
export type RecentRun = Schemas['RecentRun'];
export type RunRecord = Schemas['RunRecord'];
export type RunStatus = Schemas['RunStatus'];
export type Trigger = Schemas['Trigger'];
export type Kind = Schemas['Kind'];
export type Outcome = Schemas['Outcome'];
export type Upcoming = Schemas['Upcoming'];
export type ScheduleView = Schemas['ScheduleView'];
export type ChunkView = Schemas['ChunkView'];
export type OutputEnd = Schemas['OutputEnd'];
export type LineMatch = Schemas['LineMatch'];
export type OutputPage = Schemas['OutputPage'];
export type ModuleView = Schemas['ModuleView'];
export type GrantsView = Schemas['GrantsView'];
export type GrantLine = Schemas['GrantLine'];
export type Worker = Schemas['Worker'];
export type Enforceable = Schemas['Enforceable'];
export type TickView = Schemas['TickView'];
export type KillReply = Schemas['KillReply'];
export type SessionView = Schemas['SessionView'];
export type Forecast = Schemas['ForecastReply'];
export type Pile = Schemas['Pile'];
export type UpcomingTick = Schemas['UpcomingTick'];
export type Role = Schemas['Role'];
export type Withheld = Schemas['Withheld'];
export type UserChange = Schemas['UserChange'];
export type UserView = Schemas['UserView'];
export type TokenView = Schemas['TokenView'];
export type AuditLine = Schemas['AuditLine'];
export type Notice = Schemas['Notice'];
export type Delivery = Schemas['Delivery'];
export type Channel = Schemas['Channel'];
export type StatsReply = Schemas['StatsReply'];
export type JobAction = Schemas['JobAction'];
export type ActionItem = Schemas['ActionItem'];
export type RevisionView = Schemas['RevisionView'];
export type FieldChange = Schemas['FieldChange'];
export type Overrides = Schemas['Overrides'];
export type FleetEvent = Schemas['FleetEvent'];

//! The words of the REST interface: what goes in and what comes out, one file per resource.
//!
//! Flow: HTTP → `extract` → **`api`** → `routes` → ports; the page and the command line read the same types, the one
//! through `openapi.json`, the other from here.
//!
//! Not here: what the routes do. Nouns that mean the same inside and outside (`Job`, `RunRecord`) are `model`'s own.

mod account;
mod action;
mod alert;
mod event;
mod forecast;
mod grants;
mod job;
mod module;
mod output;
mod problem;
mod revision;
mod run;
mod schedule;
mod session;
mod settings;
mod state;
mod stats;
mod tick;
mod transfer;
mod upcoming;
mod why;
mod worker;

pub use account::{
    AuditPage, AuditParams, TokenChange, TokenList, TokenReply, TokenRequest, TokenView, UserChange,
    UserList, UserReply, UserRequest, UserView,
};
pub use action::{
    ACTION_JOBS_MAX, ACTION_RUNS_MAX, ActionItem, ActionReply, Expected, ItemResult, JobAction,
    JobActionRequest, JobFilter, RunAction, RunActionRequest, RunFilter,
};
pub use alert::{AlertPage, AlertParams, ChannelList, ChannelTried, MuteList, RuleList};
pub use event::{EventKind, FleetEvent};
pub use forecast::{ForecastQuery, ForecastReply, Pile, PiledSchedule, Share};
pub use grants::{GrantLine, GrantsView};
pub use job::{
    CheckReply, DeleteQuery, JobPage, JobSummary, JobView, JobsQuery, KillReply, PauseRequest, RunAccepted,
    SavedView, WorkerFit,
};
pub use module::{ModuleList, ModuleUpload, ModuleView, TagRequest, TagView, UploadQuery, WasmBytes};
pub use output::{
    ChunkView, GapView, LineMatch, LinePosition, OutputCheck, OutputEnd, OutputFormat, OutputPage,
    OutputQuery, OutputState, PlaceQuery, SearchPage, SearchQuery, TailQuery,
};
pub use problem::Problem;
pub use revision::{
    DiffQuery, REVISION_LIMIT_DEFAULT, REVISION_LIMIT_MAX, RevisionDiff, RevisionPage, RevisionText,
    RevisionView, RevisionsQuery,
};
pub use run::{CSV_RUNS_MAX, RunPage, RunsFormat, RunsQuery};
pub use schedule::{PreviewRequest, ScheduleStatus, ScheduleView};
pub use session::{Health, PasswordRequest, Readiness, SessionRequest, SessionView, StoreHealth, Via};
pub use settings::{InForce, SettingsView};
pub use state::{ActiveRun, PendingRun, PendingWhy, StateView, WorkerStanding, WorkerState};
pub use stats::{HourStats, RunCounts, StatsQuery, StatsReply};
pub use tick::{TICK_LIMIT_MAX, TickKind, TickPage, TickView, TicksQuery};
pub use transfer::{
    Existing, ExportJobsReply, ExportJobsRequest, ExportSettingsReply, ExportSettingsRequest, ExportedJob,
    ImportItem, ImportJobsRequest, ImportReply, ImportSettingsRequest, Landed, MovingJob, MovingSettings,
    MovingToken, MovingUser, TRANSFER_JOBS_MAX,
};
pub use upcoming::{Held, UpcomingPage, UpcomingQuery, UpcomingTick};
pub use why::{ClockSeen, TickWhy};
pub use worker::{DrainReply, DrainRequest, WorkerList};

/// Most items on one page of a list.
pub const PAGE_LIMIT_MAX: u32 = 500;
/// Items on one page where the request names no number.
pub const PAGE_LIMIT_DEFAULT: u32 = 50;

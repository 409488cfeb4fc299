// Types of the REST API, made from `master/openapi.json` by `npm run api`. Do not edit: a test compares.
//
// Pages use the names in `types.ts`; paths and bodies are checked against this in `client.ts`.

export interface paths {
    "/api/v1/alerts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists notices with what came of telling them, newest first. */
        get: operations["list_alerts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists all channels, without their secrets. */
        get: operations["list_channels"];
        /** Writes all channels. A secret that comes back as it is shown stays as it is, as long as its address does. */
        put: operations["put_channels"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/channels/{name}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tries a channel: sends a message that says so, at once. */
        post: operations["test_channel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/mutes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists all mutes. */
        get: operations["list_mutes"];
        /** Writes all mutes. Who sets one stands with it. */
        put: operations["put_mutes"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/alerts/rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists all rules. */
        get: operations["list_rules"];
        /** Writes all rules. */
        put: operations["put_rules"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists changes and denied attempts, newest first. */
        get: operations["list_audit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follows jobs, runs and workers live, as server-sent events: the event's name is its `kind`, its data a `FleetEvent`.
         * @description `begin` comes first. An event's id is good at every master: with `Last-Event-ID` the stream goes on behind it. `reset` means
         *     that some were missed and are not kept any more: read anew what you show. `cut` is the last event of a listener that was
         *     too slow; come back, and `reset` follows. Of workers only those are told that come and go while you listen.
         */
        get: operations["follow_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/forecast": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tells how many jobs start in each minute ahead, and where too many pile up. */
        get: operations["get_forecast"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists jobs by name. */
        get: operations["list_jobs"];
        put?: never;
        /** Saves a new job. */
        post: operations["create_job"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/actions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Pauses, resumes, runs, kills, enables, disables or deletes many jobs. First a dry run says how many and which; the act then
         *     names that count and set, and is refused when it would touch others. What fails for one job hinders no other: read `failed`.
         */
        post: operations["act_on_jobs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says what would come of saving a job, and saves nothing. */
        post: operations["check_job"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns a job. */
        get: operations["get_job"];
        /** Saves a job under its name: a new one, or with `If-Match` the next text of one that exists. */
        put: operations["save_job"];
        post?: never;
        /** Deletes a job. Its records stay as long as it asked for. */
        delete: operations["delete_job"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{name}/kill": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stops a job's runs and takes back its starts that are owed. */
        post: operations["kill_job"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{name}/pause": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Pauses a job: it has no ticks until it is resumed. Runs under way go on. */
        post: operations["pause_job"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{name}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Resumes a job. */
        post: operations["resume_job"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{name}/revisions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the texts that a job had, newest first, also of a deleted job. A save is listed within moments. */
        get: operations["list_revisions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{name}/revisions/{revision}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns a revision with its text. */
        get: operations["get_revision"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{name}/revisions/{revision}/diff": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tells what differs between two texts of a job, field by field. */
        get: operations["diff_revisions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{name}/revisions/{revision}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Saves the text of a revision as the job's next one, or makes a deleted job anew with it. It is checked as any save. */
        post: operations["restore_revision"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{name}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Runs a job now, whatever its schedule says, also while it is paused. */
        post: operations["run_job"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{name}/ticks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tells what became of each tick of a job, and why. */
        get: operations["list_ticks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/modules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists modules, newest first. */
        get: operations["list_modules"];
        put?: never;
        /** Takes a module: its bytes as the body, or as the field `file` of a form. */
        post: operations["upload_module"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/modules/tags/{tag}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns where a tag points. */
        get: operations["get_tag"];
        /** Points a tag to a module: a new tag, or one that stands. Jobs that were saved by it keep the module that they have. */
        put: operations["put_tag"];
        post?: never;
        /** Removes a tag. Its module stays, and so do the jobs that were saved by it. */
        delete: operations["delete_tag"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/modules/{digest}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns what is known of a module. */
        get: operations["get_module"];
        put?: never;
        post?: never;
        /** Deletes a module that no job uses, and the tags that point to it. */
        delete: operations["delete_module"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/modules/{digest}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns a module's bytes. */
        get: operations["get_module_content"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists runs, newest first, by pages or as CSV. Filters combine by AND. A filter by `duration_min` or `duration_max` looks at
         *     all runs that the others leave: name a job or a window with it.
         */
        get: operations["list_runs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/actions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Kills or reruns many runs. First a dry run says how many and which; the act then names that count and set, and is refused
         *     when it would touch others. What fails for one run hinders no other: read `failed`.
         */
        post: operations["act_on_runs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns a run. */
        get: operations["get_run"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/kill": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stops a run, or takes it back before it began. */
        post: operations["kill_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/output": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns a run's output: a part of it as chunks, or all of it as the bytes that came. */
        get: operations["get_output"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/output/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Holds a run's output against what its worker counted: whether every chunk is there, and the sum of the bytes.
         * @description It reads the whole output once.
         */
        get: operations["check_output"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/output/lines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Says where a line or a chunk stands in a run's output, and how many lines there are.
         * @description It reads the whole output once.
         */
        get: operations["find_line"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/output/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Finds lines of a run's output by what stands in them.
         * @description Colours are left out of what is searched. One page reads at most 1,024 chunks: go on while there is a `next`.
         */
        get: operations["search_output"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/output/stream": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follows a run's output live, as server-sent events.
         * @description Event `chunk` carries a `ChunkView`, event `end` an `OutputEnd`, after which the stream ends. The id of an event is
         *     the number of the next chunk, so that a client that was cut off goes on where it was.
         */
        get: operations["tail_output"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/runs/{id}/rerun": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Asks for another run of an ended run's job, with the text that the job has now; for placement `all` on the same worker.
         *     What was different for the one run (`env`, `args`, `timeout`) is not repeated.
         */
        post: operations["rerun_run"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedules/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Says what a schedule means and when it fires. */
        post: operations["preview_schedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns who is asking. */
        get: operations["get_session"];
        put?: never;
        /** Comes in by a name and its password, a login link or a token; the answer sets the session's cookie. */
        post: operations["begin_session"];
        /** Ends the session of the cookie. */
        delete: operations["end_session"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Sets one's own password. All sessions end; the answer's cookie is that of a new one. */
        put: operations["change_password"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns what an admin set for all masters, and what is so by it. */
        get: operations["get_settings"];
        /** Writes all of them. What is not said is as each master's configuration says. */
        put: operations["put_settings"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Counts runs by status and hour, with the share that succeeded, what began in time, late, or not at all. */
        get: operations["get_stats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists one's own tokens; of an admin, all. */
        get: operations["list_tokens"];
        put?: never;
        /** Makes a token of one's own. Its secret is told this once. */
        post: operations["create_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Gives a token another name or another end; its secret and its role stay. */
        put: operations["change_token"];
        post?: never;
        /** Revokes a token: it opens nothing from now on, and neither do sessions that were begun with it. */
        delete: operations["revoke_token"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/transfer/jobs/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Returns jobs as another installation takes them, with the instant up to which each tick has an owner or an end; pauses each in
         *     the same step where that is asked for.
         */
        post: operations["export_jobs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/transfer/jobs/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes jobs from another installation. Each goes on from where it stood there; one that is here already stays as it is. */
        post: operations["import_jobs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/transfer/settings/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Returns settings, alerts and accounts as another installation takes them. Secrets are in it only where that is asked for. */
        post: operations["export_settings"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/transfer/settings/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes settings, alerts and accounts from another installation. */
        post: operations["import_settings"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/upcoming": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the ticks ahead of all jobs, earliest first. */
        get: operations["list_upcoming"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists all users. */
        get: operations["list_users"];
        put?: never;
        /** Makes a user. Without a password the answer holds a one-time login link. */
        post: operations["create_user"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Returns a user. */
        get: operations["get_user"];
        /** Changes a user. What is not said stays; another password ends all their sessions. */
        put: operations["change_user"];
        post?: never;
        /** Removes a user, with their sessions and tokens. */
        delete: operations["delete_user"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the live workers. */
        get: operations["list_workers"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workers/{id}/drain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Drains a worker: it takes nothing new, also after a restart, and what runs goes on. */
        post: operations["drain_worker"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/workers/{id}/undrain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes a drain back. A worker that is away counts as well: it finds nothing when it comes back. */
        post: operations["undrain_worker"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says that the server answers. */
        get: operations["healthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tells the figures of this process: to who asks on this machine and not by a proxy, or brings a viewer's token. */
        get: operations["get_metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says whether the server can do its work: its stores answer. */
        get: operations["readyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description One job or run of an action. */
        ActionItem: {
            /** @description The job. */
            job: components["schemas"]["JobName"];
            run?: components["schemas"]["RunId"] | null;
            /** @description What came of it. */
            result: components["schemas"]["ItemResult"];
            started?: components["schemas"]["RunId"] | null;
            /**
             * @description The code of the problem, as the same action on this one alone would answer it.
             * @example too_many_requests
             */
            code?: string | null;
            /** @description The problem in words. */
            detail?: string | null;
        };
        /**
         * @description What an action touches, or what came of it.
         * @example {
         *       "dry_run": true,
         *       "count": 1,
         *       "set": "5f70bf18a086007016e948b04aed3b82",
         *       "done": 0,
         *       "failed": 0,
         *       "items": [
         *         {
         *           "job": "nightly-report",
         *           "result": "planned"
         *         }
         *       ]
         *     }
         */
        ActionReply: {
            /** @description True: nothing was done. */
            dry_run: boolean;
            /** @description How many it touches. */
            count: number;
            /** @description Names them all: what `expect` takes beside `count`. */
            set: string;
            /** @description How many were done. */
            done: number;
            /** @description How many were not; they say why. */
            failed: number;
            /** @description Each of them, jobs by name, runs newest first. */
            items: components["schemas"]["ActionItem"][];
        };
        /** @description A run under way. */
        ActiveRun: {
            /** @description The run. */
            run: components["schemas"]["RunId"];
            /** @description Why it exists. */
            trigger: components["schemas"]["Trigger"];
            /** @description The tick, or the instant of the request. */
            scheduled_at: components["schemas"]["Timestamp"];
            /**
             * Format: int32
             * @description Counts the tries, from 1.
             */
            attempt: number;
            /** @description The worker that owns it. */
            worker: components["schemas"]["WorkerId"];
            /** @description When it was claimed. */
            since: components["schemas"]["Timestamp"];
            /** @description True once it is to be stopped. */
            stopping: boolean;
        };
        /** @description How far one clock is ahead of another, in milliseconds; behind it where negative. */
        Ahead: {
            /**
             * Format: int64
             * @description At least so far.
             */
            least_ms: number;
            /**
             * Format: int64
             * @description At most so far.
             */
            most_ms: number;
        };
        /**
         * @description What an alert may be about.
         * @enum {string}
         */
        AlertOn: "failed" | "timed_out" | "killed" | "out_of_memory" | "out_of_fuel" | "trapped" | "not_started" | "host_error" | "lost" | "skipped" | "missed" | "recovered" | "long_running";
        /** @description One page of notices, newest first. */
        AlertPage: {
            /** @description The notices, each with what came of telling it. */
            items: components["schemas"]["Notice"][];
            /** @description Where the next page begins; absent on the last one. */
            next?: string | null;
        };
        /** @description A limit of this run: by what it was held, or why it was not although the job asked for it. */
        Applied: {
            /** @description Which limit. */
            limit: components["schemas"]["LimitName"];
            /** @description False when the host could not hold it and the worker's owner lets jobs run without it. */
            held?: boolean;
            /** @description By what it was held, or why it was not. */
            by: string;
        };
        /**
         * @description One line of the audit: its instant in milliseconds, then chance, so that ids sort as the lines were written.
         * @example 019b1c2d3e4f9c0e7d1b4c3e8a6f
         */
        AuditId: string;
        /** @description A change, or an attempt that was denied. */
        AuditLine: {
            /** @description Names the line; ids sort as the lines were written. */
            id: components["schemas"]["AuditId"];
            /** @description When it was answered. */
            at: components["schemas"]["Timestamp"];
            /** @description Who; absent when nobody said so. Of a failed login it is the name that was tried. */
            user?: string | null;
            /** @description By what: `session`, `token`, `proxy`, or `console` for what was done on the server itself. */
            via?: string | null;
            /** @description The address that it came from, as the connection or a trusted proxy says. */
            from?: string | null;
            /** @description What: the method and the route, such as `PUT /api/v1/jobs/{name}`. */
            action: string;
            /** @description On what: the path as it was asked for, without its query. */
            target: string;
            /**
             * Format: int32
             * @description What was answered.
             */
            status: number;
            /** @description The code of the problem, when it was not done. */
            code?: string | null;
            /** @description What stood before, as far as there is such a thing: an object, or a list of them; secrets are never in it. */
            before?: unknown;
            /** @description What stands after, as `before`. */
            after?: unknown;
            /**
             * Format: int64
             * @description How many denied attempts this line stands for beside its own: those of the same minute that were too many to
             *     keep one by one.
             */
            more?: number;
        };
        /** @description One page of the audit, newest first. */
        AuditPage: {
            /** @description The lines. */
            items: components["schemas"]["AuditLine"][];
            /** @description Where the next page begins; absent on the last one. */
            next?: string | null;
        };
        /**
         * @description One boot of one machine (`/proc/sys/kernel/random/boot_id`): what ran under another boot runs no more.
         * @example 2f0c4a1e-9a77-4b1e-8f0e-0c1d2e3f4a5b
         */
        BootId: string;
        /**
         * @description A number of bytes, written as `256MiB`, `64KiB` or `10GB`.
         * @example 256MiB
         */
        ByteSize: string;
        /**
         * @description One kind of thing that a module can ask of the host.
         * @enum {string}
         */
        Capability: "arguments" | "environment" | "input" | "files" | "network" | "clocks" | "random";
        /** @description Where notices go. */
        Channel: {
            /** @description What rules and jobs call it. */
            name: components["schemas"]["ChannelName"];
            /** @description By what. */
            via: components["schemas"]["ChannelVia"];
            /** @description How long a notice waits for others to go with it: 0s to 10m. */
            group?: components["schemas"]["Span"];
            /** @description How far messages are apart at least; what comes meanwhile goes in one: 0s to 1d. */
            every?: components["schemas"]["Span"];
        };
        /**
         * @description All channels.
         * @example {
         *       "channels": [
         *         {
         *           "name": "ops",
         *           "via": {
         *             "type": "webhook",
         *             "url": "https://hooks.example/sandglass"
         *           }
         *         }
         *       ]
         *     }
         */
        ChannelList: {
            /** @description In any order; secrets are shown as `***`, and one that comes back so stays as it is. */
            channels: components["schemas"]["Channel"][];
            /** @description Names all settings of alerts as they stand, for `If-Match`; of no meaning in a request. */
            etag?: string;
        };
        /**
         * @description A channel's name: what rules and jobs say who hears of something by.
         * @example ops
         */
        ChannelName: string;
        /** @description What came of trying a channel. */
        ChannelTried: {
            /** @description True when who receives it has taken it. */
            delivered: boolean;
            notice?: components["schemas"]["NoticeId"] | null;
            /** @description Why it was not taken. */
            error?: string | null;
        };
        /** @description By what a channel reaches people or programs. */
        ChannelVia: {
            /** @description Where: `https://…` or `http://…`. */
            url: string;
            secret?: components["schemas"]["Secret"] | null;
            /** @description The body in place of ours: `{{text}}`, `{{id}}`, `{{count}}` and `{{notices}}` stand for those as JSON. */
            template?: string | null;
            /** @enum {string} */
            type: "webhook";
        } | {
            /** @description Where; it bears the secret. */
            url: components["schemas"]["Secret"];
            /** @enum {string} */
            type: "slack";
        } | {
            /** @description Where; it bears the secret. */
            url: components["schemas"]["Secret"];
            secret?: components["schemas"]["Secret"] | null;
            /** @enum {string} */
            type: "feishu";
        } | {
            /** @description Where; it bears the secret. */
            url: components["schemas"]["Secret"];
            secret?: components["schemas"]["Secret"] | null;
            /** @enum {string} */
            type: "dingtalk";
        } | (components["schemas"]["Email"] & {
            /** @enum {string} */
            type: "email";
        }) | {
            /** @description Which. */
            run: components["schemas"]["JobName"];
            /** @enum {string} */
            type: "job";
        };
        /** @description What would come of saving a job. */
        CheckReply: {
            /** @description True when it could be saved. */
            valid: boolean;
            /** @description What is wrong with it. */
            faults: components["schemas"]["Fault"][];
            job?: components["schemas"]["Job"] | null;
            schedule?: components["schemas"]["ScheduleView"] | null;
            /** @description What each live worker says to it, when it is valid. */
            workers: components["schemas"]["WorkerFit"][];
            grants?: components["schemas"]["GrantsView"] | null;
        };
        /** @description A piece of output. It may end inside a character: put the bytes together before you decode them. */
        ChunkView: {
            /**
             * Format: int64
             * @description Its number within the run, from 0, over both streams.
             */
            seq: number;
            /** @description Which stream it came from. */
            stream: components["schemas"]["Stream"];
            /** @description When it was read. */
            at: components["schemas"]["Timestamp"];
            /** @description Its bytes, where they are UTF-8. */
            text?: string | null;
            /** @description Its bytes in base64, where they are not UTF-8. */
            base64?: string | null;
            gap?: components["schemas"]["GapView"] | null;
        };
        /**
         * @description What happened to the clocks of a machine.
         * @enum {string}
         */
        ClockChange: "set_forward" | "set_back" | "slept";
        /** @description Something that happened to the clocks of a machine. */
        ClockEvent: {
            /** @description What. */
            change: components["schemas"]["ClockChange"];
            /** @description By how much, or for how long. */
            by: components["schemas"]["Span"];
            /** @description When it was noticed, on the wall clock as it stood then. */
            at: components["schemas"]["Timestamp"];
        };
        /** @description A clock that is off. */
        ClockOff: {
            /**
             * Format: int64
             * @description How far it is ahead of the middle of all, in milliseconds; behind where negative.
             */
            ahead_ms: number;
            /** @description Whose clocks say so, at most five. */
            against: string[];
        };
        /** @description What happened to a worker's clock at the instant of a tick. */
        ClockSeen: {
            /** @description Which worker. */
            worker: components["schemas"]["WorkerId"];
            /** @description What happened. */
            event: components["schemas"]["ClockEvent"];
        };
        /**
         * @description What an alert may be about.
         * @enum {string}
         */
        Condition: "failed" | "timed_out" | "killed" | "out_of_memory" | "out_of_fuel" | "trapped" | "not_started" | "host_error" | "lost" | "skipped" | "missed" | "long_running" | "recovered" | "worker_down" | "clock_off" | "store_trouble" | "output_waits" | "disk_full" | "test";
        /**
         * Format: double
         * @description A share of processors in thousandths: `0.5` is half of one, `2` is two. Written as a number.
         * @example 0.5
         */
        CpuShare: number;
        /** @description What came of telling a notice by one channel. */
        Delivery: {
            /** @description Which channel. */
            channel: components["schemas"]["ChannelName"];
            /** @description Where it stands. */
            state: components["schemas"]["DeliveryState"];
            /**
             * Format: int32
             * @description How often it was tried.
             */
            tries?: number;
            at?: components["schemas"]["Timestamp"] | null;
            not_before?: components["schemas"]["Timestamp"] | null;
            /** @description Why the last try came to nothing, or which mute kept it back. */
            error?: string | null;
        };
        /**
         * @description Where a delivery stands.
         * @enum {string}
         */
        DeliveryState: "waiting" | "sent" | "failed" | "muted" | "gone";
        /**
         * @description SHA-256 of a module's bytes: its identity.
         * @example sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
         */
        Digest: string;
        /** @description One directory granted to a module. */
        DirGrant: {
            /** @description Absolute path on the worker. */
            host: string;
            /** @description Absolute path inside the module. */
            guest: string;
            /** @description What the module may do there. */
            mode?: components["schemas"]["DirMode"];
        };
        /**
         * @description What a module may do in a directory.
         * @enum {string}
         */
        DirMode: "ro" | "rw";
        /** @description Somebody's wish that a worker takes no new runs. It stays through restarts of the worker until it is taken back. */
        Drain: {
            /** @description Who wants it. */
            by: string;
            /** @description Why; may be empty. */
            reason?: string;
            /** @description Since when. */
            since: components["schemas"]["Timestamp"];
        };
        /** @description How a worker stands after it was asked to drain, or to drain no more. */
        DrainReply: {
            /** @description The worker. */
            worker: components["schemas"]["WorkerId"];
            drain?: components["schemas"]["Drain"] | null;
            /**
             * Format: int32
             * @description How many runs it held when it last told.
             */
            busy: number;
        };
        /**
         * @description Why a worker should take nothing new.
         * @example {
         *       "reason": "a new kernel"
         *     }
         */
        DrainRequest: {
            /** @description For the others; at most 1000 bytes. */
            reason?: string;
        };
        /**
         * @description What happens at changes of the clock.
         * @enum {string}
         */
        DstRule: "vixie" | "wall" | "skip";
        /** @description A mail server, and whom it brings mail. */
        Email: {
            /** @description Its name, which its certificate bears. */
            server: string;
            /**
             * Format: int32
             * @description Its port [default: 587, or 465 with `tls`].
             */
            port?: number | null;
            /** @description How the connection is encrypted. */
            security?: components["schemas"]["MailSecurity"];
            /** @description Who logs in there; nobody without it. */
            user?: string | null;
            password?: components["schemas"]["Secret"] | null;
            /** @description Whom mail comes from. */
            from: string;
            /** @description Whom it goes to: 1 to 20. */
            to: string[];
        };
        /** @description How a workload came to its end. */
        End: {
            /**
             * Format: int32
             * @description Its exit code.
             */
            code: number;
            /** @enum {string} */
            kind: "exited";
        } | {
            /**
             * Format: int32
             * @description The signal's number.
             */
            signal: number;
            /** @description True when it left a core file. */
            core: boolean;
            /** @enum {string} */
            kind: "signaled";
        } | {
            /** @description What kind of trap (`unreachable`, `stack overflow`). */
            trap: string;
            /** @description Where, as text. */
            backtrace?: string;
            /** @enum {string} */
            kind: "trapped";
        } | {
            /** @description At which step the start failed. */
            stage: components["schemas"]["Stage"];
            /** @description What was wrong and what to do about it. */
            message: string;
            /** @enum {string} */
            kind: "not_started";
        } | {
            /** @description What happened. */
            message: string;
            /** @enum {string} */
            kind: "host_error";
        } | {
            /** @description Why. */
            why: components["schemas"]["LostWhy"];
            /** @enum {string} */
            kind: "lost";
        };
        /** @description What one executor can hold on this host. */
        Enforceable: {
            /** @description Each limit that applies to the executor's kind. */
            limits: components["schemas"]["LimitSupport"][];
            /** @description How the end of every process of a run is made sure (`cgroup.kill`, `process group only`). */
            kill: string;
            /** @description Why no job of this kind starts on this host, whatever it asks for; absent where jobs start. */
            refuses?: string | null;
            isolation?: components["schemas"]["Isolation"] | null;
            /** @description What the owner should know, in sentences (`jobs run as the worker's own user`). */
            notes: string[];
            /** @description The notes as facts, in their order; absent where a worker or a note is of another version. */
            told?: components["schemas"]["HostNote"][] | null;
        };
        /** @description Environment variables by name. `Debug` shows the names only. */
        Env: {
            [key: string]: string;
        };
        /**
         * @description What happened: the name of the event.
         * @enum {string}
         */
        EventKind: "job_saved" | "job_deleted" | "job_paused" | "job_resumed" | "run_started" | "run_ended" | "worker_up" | "worker_down" | "worker_drains" | "worker_drains_no_more";
        /**
         * @description What is done where something else of the name is there.
         * @enum {string}
         */
        Existing: "refuse" | "replace" | "skip";
        /** @description What the answer to the same request with `dry_run` said that it would touch. */
        Expected: {
            /**
             * @description How many.
             * @example 2
             */
            count: number;
            /**
             * @description Names them all.
             * @example 5f70bf18a086007016e948b04aed3b82
             */
            set: string;
        };
        /** @description Jobs that leave. */
        ExportJobsReply: {
            /** @description In the order of the request. Where they would be too large together the rest is missing: ask for it again. */
            jobs: components["schemas"]["ExportedJob"][];
            /** @description Names that are not there. */
            missing?: components["schemas"]["JobName"][];
        };
        /**
         * @description Which jobs leave.
         * @example {
         *       "names": [
         *         "nightly-report"
         *       ],
         *       "pause": false
         *     }
         */
        ExportJobsRequest: {
            /** @description 1 to 100 of them; one that is not there is left out of the answer. */
            names: components["schemas"]["JobName"][];
            /** @description True: each is paused by the export in the same step that says up to where it ran. False: a copy. */
            pause: boolean;
        };
        /** @description Settings and accounts that leave. */
        ExportSettingsReply: {
            /** @description They. */
            settings: components["schemas"]["MovingSettings"];
            /** @description Channels whose secrets stay behind. */
            channels_without_secrets: number;
            /** @description Users whose passwords stay behind. */
            users_without_passwords: number;
            /** @description Tokens that stay behind. */
            tokens_left: number;
        };
        /**
         * @description How settings and accounts leave.
         * @example {
         *       "secrets": false
         *     }
         */
        ExportSettingsRequest: {
            /** @description True: with the secrets of channels, the hashes of passwords, and tokens, which are nothing without. */
            secrets: boolean;
        };
        /** @description A job that leaves. */
        ExportedJob: {
            /** @description The job. */
            job: components["schemas"]["MovingJob"];
            /** @description How many of its runs, attempts owed and requests are not over here. */
            under_way: number;
        };
        /** @description Which of several failures of one job somebody hears of. */
        Failures: "each" | "first" | {
            /**
             * Format: int32
             * @description That which is so many in a row, 2 to 20; none after it until a success.
             */
            in_a_row: number;
        };
        /** @description One thing that is wrong, with the path of its field (`limits.memory`, `wasm.dirs[1].host`). */
        Fault: {
            /** @description Dotted path of the field; empty for the input as a whole. */
            path: string;
            /** @description What is wrong: names the value and what is allowed. Lowercase, no full stop. */
            message: string;
            said?: components["schemas"]["Said"] | null;
            /** @description What to do about it, where that is not plain. */
            hint?: string | null;
            hint_said?: components["schemas"]["Said"] | null;
        };
        /**
         * Format: int64
         * @description The revision of the claim that started a run, handed to the job: rises with each claim of the job, so that
         *     whatever the job writes to can refuse a run that was overtaken.
         */
        Fence: number;
        /** @description A field that two texts of a job do not have alike. */
        FieldChange: {
            /**
             * @description Where it stands, such as `limits.timeout`.
             * @example limits.timeout
             */
            path: string;
            /** @description What stood there; absent where the field was not there. */
            before?: unknown;
            /** @description What stands there; absent where the field is not there. */
            after?: unknown;
        };
        /**
         * @description Something that happened.
         * @example {
         *       "kind": "run_started",
         *       "job": "nightly-report",
         *       "run": "9c0e7d1b4c3e8a6f5d2b1a09",
         *       "worker": "db1"
         *     }
         */
        FleetEvent: {
            /** @description What happened. */
            kind: components["schemas"]["EventKind"];
            job?: components["schemas"]["JobName"] | null;
            run?: components["schemas"]["RunId"] | null;
            worker?: components["schemas"]["WorkerId"] | null;
            /** @description Who did it, of a save and a pause. */
            by?: string | null;
        };
        /** @description How many jobs start in each minute ahead, as the schedules stand. */
        ForecastReply: {
            /** @description The first minute. */
            from: components["schemas"]["Timestamp"];
            /** @description Starts in each minute from `from` on; sixty for each hour. */
            starts: number[];
            /**
             * Format: int64
             * @description All of them together.
             */
            total: number;
            /**
             * Format: double
             * @description The mean of a minute.
             */
            mean: number;
            /** @description How many jobs were counted: those that are enabled and not paused without an end. */
            jobs: number;
            /** @description Where many jobs start at once, worst first; at most ten. */
            piles: components["schemas"]["Pile"][];
        };
        /** @description Output that was read and not kept, counted over both streams. */
        GapView: {
            /**
             * Format: int64
             * @description Bytes.
             */
            bytes: number;
            /**
             * Format: int64
             * @description Ends of lines among them.
             */
            lines: number;
            /** @description The line that stands in their place, for people. */
            words: string;
        };
        /** @description One kind of thing: what asks for it, and what is granted. */
        GrantLine: {
            /** @description Of what. */
            capability: components["schemas"]["Capability"];
            /** @description The imports that ask for it; none: the module cannot ask. */
            imports: string[];
            /** @description What the job grants, in words; empty: nothing. */
            grants: string[];
        };
        /** @description What a job's module can ask for, and what the job grants. */
        GrantsView: {
            /** @description The module. */
            module: components["schemas"]["Digest"];
            /** @description The name under which it was uploaded. */
            name: string;
            tag?: components["schemas"]["ModuleTag"] | null;
            /** @description One line for each kind of thing that a module can ask for. */
            lines: components["schemas"]["GrantLine"][];
            /** @description Where the two do not fit: asked for and not granted, or granted and of no use. */
            warnings: string[];
        };
        /** @description The server answers. */
        Health: {
            /**
             * @description Always `ok`.
             * @example ok
             */
            status: string;
            /** @description The server's version. */
            version: string;
        };
        /**
         * @description Why a tick that lies ahead will not start as things stand.
         * @enum {string}
         */
        Held: "paused" | "disabled";
        /** @description Text that may hold a secret. `Debug` shows its length only. */
        HiddenText: string;
        /**
         * @description What the owner should know of a host: a kind with its figures. `notes` say the same in English, in the same order.
         * @example {
         *       "kind": "open_files",
         *       "allowed": 1024,
         *       "needed": 4096
         *     }
         */
        HostNote: {
            /** @enum {string} */
            kind: "scripts_off";
        } | {
            /** @description Out of these. */
            range: string;
            /** @description How far that keeps them apart. */
            isolation: components["schemas"]["Isolation"];
            /** @description Why no further. */
            why: string;
            /** @enum {string} */
            kind: "own_user_ids";
        } | {
            /** @description Which. */
            user: string;
            /** @description How far that keeps them apart. */
            isolation: components["schemas"]["Isolation"];
            /** @description Why no further. */
            why: string;
            /** @enum {string} */
            kind: "shared_user";
        } | {
            /** @description Why. */
            why: string;
            /** @enum {string} */
            kind: "needs_user";
        } | {
            /** @enum {string} */
            kind: "own_namespace";
        } | {
            /** @description Why. */
            why: string;
            /** @enum {string} */
            kind: "no_namespace";
        } | {
            /** @description Why. */
            why: string;
            /** @enum {string} */
            kind: "no_own_tmp";
        } | {
            /** @description Why. */
            why: string;
            /** @enum {string} */
            kind: "no_supervisor";
        } | {
            /** @description Why. */
            why: string;
            /** @enum {string} */
            kind: "memory_uncapped";
        } | {
            /** @description Why. */
            why: string;
            /** @enum {string} */
            kind: "processor_shared";
        } | {
            /** @description Why. */
            why: string;
            /** @enum {string} */
            kind: "disk_shared";
        } | {
            /** @description As this user. */
            user: string;
            /**
             * Format: int32
             * @description With this number.
             */
            uid: number;
            /** @description How far that keeps them apart. */
            isolation: components["schemas"]["Isolation"];
            /** @description Why that far. */
            why: string;
            /** @enum {string} */
            kind: "modules_apart";
        } | {
            /** @enum {string} */
            kind: "modules_inside";
        } | {
            /** @description Why. */
            why: string;
            /** @enum {string} */
            kind: "modules_need_user";
        } | {
            /** @description How much. */
            memory: components["schemas"]["ByteSize"];
            /** @description By what that is held. */
            by: string;
            /** @enum {string} */
            kind: "modules_memory";
        } | {
            /** @description Why. */
            why: string;
            /** @enum {string} */
            kind: "modules_memory_unbounded";
        } | {
            /**
             * Format: int64
             * @description How many they may.
             */
            allowed: number;
            /**
             * Format: int64
             * @description How many they could need.
             */
            needed: number;
            /** @enum {string} */
            kind: "open_files";
        } | {
            /**
             * Format: int64
             * @description How often since the worker's start.
             */
            times: number;
            /** @description How the last time. */
            how: string;
            /** @description When that was. */
            at: components["schemas"]["Timestamp"];
            /** @enum {string} */
            kind: "host_ended";
        } | {
            /** @description Why. */
            why: string;
            /** @enum {string} */
            kind: "no_module_runs";
        } | {
            /** @enum {string} */
            kind: "no_pool";
        };
        /** @description One hour. */
        HourStats: components["schemas"]["RunCounts"] & {
            /** @description Its beginning. */
            at: components["schemas"]["Timestamp"];
        };
        /** @description What came of one thing. */
        ImportItem: {
            /**
             * @description What it is: `job`, `channel`, `user` and so on.
             * @example job
             */
            kind: string;
            /** @description Its name. */
            name: string;
            /** @description What came of it. */
            result: components["schemas"]["Landed"];
            /** @description Why, where that is not plain. */
            detail?: string;
        };
        /**
         * @description Jobs that arrive.
         * @example {
         *       "dry_run": true,
         *       "jobs": [
         *         {
         *           "uid": "98395b0bf1ffb22447a45b2e31ddff50",
         *           "spec_id": 3,
         *           "author": "anna",
         *           "saved_at": "2026-11-02T09:00:00Z",
         *           "anchor": "2026-10-01T07:00:00Z",
         *           "resolved": "2026-11-23T18:32:06.92Z",
         *           "job": {
         *             "name": "nightly-report",
         *             "schedule": "30 2 * * *",
         *             "shell": {
         *               "script": "./report"
         *             }
         *           }
         *         }
         *       ]
         *     }
         */
        ImportJobsRequest: {
            /** @description 1 to 100 of them. */
            jobs: components["schemas"]["MovingJob"][];
            /** @description What is done where another job of the name is there. */
            existing?: components["schemas"]["Existing"];
            /** @description True: says what would be done, and does nothing. Modules and channels may still be missing then. */
            dry_run?: boolean;
        };
        /** @description What came of what arrived. */
        ImportReply: {
            /** @description One for each, in order. */
            items: components["schemas"]["ImportItem"][];
        };
        /**
         * @description Settings and accounts that arrive.
         * @example {
         *       "dry_run": true,
         *       "settings": {
         *         "users": [
         *           {
         *             "name": "ada",
         *             "role": "operator",
         *             "created_at": "2026-10-01T07:00:00Z",
         *             "created_by": "admin"
         *           }
         *         ]
         *       }
         *     }
         */
        ImportSettingsRequest: {
            /** @description They. */
            settings: components["schemas"]["MovingSettings"];
            /** @description What is done where another of the name is there. */
            existing?: components["schemas"]["Existing"];
            /** @description True: says what would be done, and does nothing. */
            dry_run?: boolean;
        };
        /** @description What is so, each of [`Settings`]. */
        InForce: {
            /** @description How long a session lasts from its login on. */
            session_ttl: components["schemas"]["Span"];
            /**
             * Format: int32
             * @description How many days lines of the audit and told alerts are kept.
             * @example 400
             */
            audit_days: number;
            /**
             * Format: int32
             * @description How many texts are kept of each job.
             * @example 100
             */
            revisions_max: number;
            /**
             * Format: int32
             * @description How many days a text of a job is kept after it was replaced.
             * @example 400
             */
            revisions_days: number;
            /**
             * Format: int32
             * @description How many days ranges of ticks that did not run are kept.
             * @example 400
             */
            ranges_days: number;
        };
        /**
         * @description How far a script is kept apart.
         * @enum {string}
         */
        Isolation: "isolated" | "contained";
        /**
         * @description What came of one action on one job or run.
         * @enum {string}
         */
        ItemResult: "planned" | "done" | "failed";
        /**
         * @description A job as its user wrote it, with every default filled in.
         * @example {
         *       "name": "nightly-report",
         *       "schedule": "30 2 * * *",
         *       "timezone": "Europe/Berlin",
         *       "labels": {
         *         "team": "data"
         *       },
         *       "shell": {
         *         "script": "set -e\n./report\n"
         *       },
         *       "limits": {
         *         "timeout": "10m"
         *       }
         *     }
         */
        Job: components["schemas"]["Workload"] & {
            /** @description Unique name. */
            name: components["schemas"]["JobName"];
            /** @description Text for people. */
            description?: string;
            /** @description Labels for people: grouping and filters. */
            labels?: {
                [key: string]: string;
            };
            /** @description A job that is not enabled has no ticks; run-now still works. */
            enabled?: boolean;
            /**
             * @description When it runs: the text that the user typed, never rewritten.
             * @example 30 2 * * *
             */
            schedule: string;
            /**
             * @description IANA zone in which the schedule is read.
             * @example Europe/Berlin
             */
            timezone?: string;
            /** @description What happens at changes of the clock. */
            dst?: components["schemas"]["DstRule"];
            /** @description How weekdays are numbered. */
            weekdays?: components["schemas"]["Weekdays"];
            anchor?: components["schemas"]["Timestamp"] | null;
            /** @description Ticks are put off by a part of this, the same part for a tick on every worker. */
            jitter?: components["schemas"]["Span"];
            /** @description What a run may use. */
            limits?: components["schemas"]["Limits"];
            /** @description Exit codes that count as success. */
            success_codes?: number[];
            /** @description Where it runs. */
            placement?: components["schemas"]["Placement"];
            /** @description A tick falls due while an earlier run goes on. */
            overlap?: components["schemas"]["Overlap"];
            /** @description What to do with ticks past their start deadline. */
            missed?: components["schemas"]["Missed"];
            /** @description How long after it fell due a tick may still start. */
            start_deadline?: components["schemas"]["Span"];
            /** @description What becomes of a run whose worker is gone. */
            on_worker_loss?: components["schemas"]["OnWorkerLoss"];
            /** @description What a worker that is cut off from the store does with the run. */
            when_cut_off?: components["schemas"]["WhenCutOff"];
            /** @description When a run that failed is tried again. */
            retries?: components["schemas"]["Retries"];
            /** @description How long run records and output are kept. */
            retention?: components["schemas"]["Span"];
            /** @description Which ends somebody hears of. */
            alerts?: components["schemas"]["JobAlerts"];
        };
        /**
         * @description What is done with each job.
         * @enum {string}
         */
        JobAction: "pause" | "resume" | "run" | "kill" | "enable" | "disable" | "delete";
        /**
         * @description One action on many jobs.
         * @example {
         *       "action": "pause",
         *       "filter": {
         *         "label": "team:data"
         *       },
         *       "dry_run": true
         *     }
         */
        JobActionRequest: {
            /** @description What is done with each. */
            action: components["schemas"]["JobAction"];
            /** @description The jobs by name; this or `filter`. */
            names?: components["schemas"]["JobName"][] | null;
            filter?: components["schemas"]["JobFilter"] | null;
            /** @description True: does nothing and says what it would touch. */
            dry_run?: boolean;
            expect?: components["schemas"]["Expected"] | null;
            /** @description Why, for `pause`. */
            why?: string;
            until?: components["schemas"]["Timestamp"] | null;
            /** @description For `delete`: kills their runs too; without it they go on to their end. */
            kill?: boolean;
        };
        /** @description Which ends of a run somebody hears of, and by which channels. A job that names none is told by the rules for all. */
        JobAlerts: {
            /** @description Statuses, and `recovered` and `long_running`. */
            on?: components["schemas"]["AlertOn"][];
            warn_after?: components["schemas"]["Span"] | null;
            /** @description Names of channels. */
            channels?: string[];
        };
        /** @description Which jobs, as `GET /jobs` has it; an empty one means all jobs. Filters combine by AND. */
        JobFilter: {
            /** @description Part of the name or of the description, in any case. */
            q?: string | null;
            /**
             * @description Labels that the job must have, as `key:value`; several by commas.
             * @example team:data
             */
            label?: string | null;
            kind?: components["schemas"]["Kind"] | null;
            /** @description Jobs that are enabled, or not. */
            enabled?: boolean | null;
            /** @description Jobs that are paused, or not. */
            paused?: boolean | null;
        };
        /**
         * @description A job's name, chosen by its user and unique among the jobs that exist.
         * @example nightly-report
         */
        JobName: string;
        /** @description One page of jobs. */
        JobPage: {
            /** @description The jobs, sorted by name. */
            jobs: components["schemas"]["JobSummary"][];
            /** @description How many jobs match on all pages together. */
            total: number;
            /** @description `cursor` of the next page; absent on the last. */
            next?: string | null;
        };
        /** @description A job in a list. */
        JobSummary: {
            /** @description Its name. */
            name: components["schemas"]["JobName"];
            /** @description Text for people. */
            description: string;
            /** @description Labels for people. */
            labels: {
                [key: string]: string;
            };
            /** @description What kind of workload it runs. */
            kind: components["schemas"]["Kind"];
            /** @description A job that is not enabled has no ticks. */
            enabled: boolean;
            /** @description When it runs, as its user typed it. */
            schedule: string;
            /** @description The zone of the job; the schedule may name another itself (`CRON_TZ=`). */
            timezone: string;
            /** @description The zone in which the schedule is read. */
            zone?: string;
            /** @description The schedule in words. */
            words: string;
            /** @description Whether it has ticks to come. */
            status?: components["schemas"]["ScheduleStatus"];
            /** @description What its last time was, in words, once it has ended. */
            ended?: string | null;
            paused?: components["schemas"]["Paused"] | null;
            /** @description How many runs are under way. */
            running: number;
            /** @description How many starts are owed: requested, to be tried again, or waiting for an earlier run to end. */
            waiting: number;
            next_at?: components["schemas"]["Timestamp"] | null;
            /** @description Who saved it last. */
            author: string;
            /** @description When it was saved last. */
            saved_at: components["schemas"]["Timestamp"];
            /** @description Names this text of the job: `If-Match` of a save or a delete. */
            etag: string;
            /** @description Its next ticks, with `include=next`. */
            next?: components["schemas"]["Upcoming"][] | null;
            /** @description Its last runs, newest first, with `include=recent`. */
            recent?: components["schemas"]["RecentRun"][] | null;
        };
        /**
         * @description A job's own id: made at its first save and never used again, so that a name deleted and saved anew is another job.
         * @example 5f2a9c0e7d1b4c3e8a6f0d9b2c1e4f70
         */
        JobUid: string;
        /** @description A job: its text, who saved it, its schedule in words, and where it stands. */
        JobView: {
            /** @description The text, with every default filled in; what `PUT` takes. */
            job: components["schemas"]["Job"];
            /** @description Who saved it, and when. */
            saved: components["schemas"]["SavedView"];
            /** @description Its schedule in words, with its next ticks. */
            schedule: components["schemas"]["ScheduleView"];
            /** @description Where it stands. */
            state: components["schemas"]["StateView"];
            resolved?: components["schemas"]["Tag"] | null;
        };
        /** @description Which runs a kill found. */
        KillReply: {
            /** @description Runs under way that will be stopped. */
            stopping: components["schemas"]["RunId"][];
            /** @description Starts that were taken back before they began. */
            removed: components["schemas"]["RunId"][];
        };
        /**
         * @description The two kinds of workload.
         * @enum {string}
         */
        Kind: "shell" | "wasm";
        /**
         * @description What came, or would come, of one thing.
         * @enum {string}
         */
        Landed: "created" | "returned" | "replaced" | "same" | "skipped" | "in_the_way" | "faulty";
        /**
         * @description What happens to processes that outlive the script that started them.
         * @enum {string}
         */
        Leftovers: "kill" | "wait";
        /**
         * @description One limit by its name in a job.
         * @enum {string}
         */
        LimitName: "timeout" | "memory" | "cpu" | "pids" | "fuel" | "output";
        /** @description Whether a host can hold one limit, and by what. */
        LimitSupport: {
            /** @description Which limit. */
            limit: components["schemas"]["LimitName"];
            /** @description True when it is held. */
            held: boolean;
            /** @description By what it is held (`cgroup v1 memory`), or why it is not and what to do about it. */
            by: string;
        };
        /** @description What a run may use. A limit that is absent was not asked for; one that a host cannot hold is refused there. */
        Limits: {
            /** @description How long a run may last, from its start; always has a value. */
            timeout?: components["schemas"]["Span"];
            /** @description How long a run may take to end after TERM before it is killed. */
            grace?: components["schemas"]["Span"];
            memory?: components["schemas"]["ByteSize"] | null;
            cpu?: components["schemas"]["CpuShare"] | null;
            /**
             * Format: int32
             * @description Processes and threads at one time; shell only.
             */
            pids?: number | null;
            /**
             * Format: int64
             * @description Instructions, as wasmtime counts them; wasm only.
             */
            fuel?: number | null;
            /** @description Output kept, both streams together: its beginning and its end; what is between them is counted and dropped. */
            output?: components["schemas"]["ByteSize"];
        };
        /** @description A line that matches. */
        LineMatch: {
            /**
             * Format: int64
             * @description Its number; none when it never ended.
             */
            line?: number | null;
            /**
             * Format: int64
             * @description The chunk in which it begins.
             */
            chunk: number;
            /** @description Its stream. */
            stream: components["schemas"]["Stream"];
            /** @description When its beginning was read. */
            at: components["schemas"]["Timestamp"];
            /** @description The line without colours, at most 500 characters around the match. */
            text: string;
            /**
             * Format: int32
             * @description Where in `text` the match begins, in characters.
             */
            start: number;
            /**
             * Format: int32
             * @description Where it ends.
             */
            end: number;
        };
        /**
         * @description Where a line or a chunk stands in a run's output.
         *
         *     The number of a line is that of its end among all ends of lines of both streams, in the order in which they were read.
         */
        LinePosition: {
            /**
             * Format: int64
             * @description The chunk: the one in which the line ends, or the last where it has not come.
             */
            chunk: number;
            /**
             * Format: int64
             * @description Lines that end before that chunk.
             */
            lines_before: number;
            /**
             * Format: int64
             * @description Lines that have ended so far.
             */
            lines: number;
            /**
             * Format: int64
             * @description Chunks that are there so far.
             */
            chunks: number;
        };
        /**
         * @description Why nobody saw a run's end.
         * @enum {string}
         */
        LostWhy: "worker_ended" | "shim_gone" | "reboot" | "worker_gone" | "folder_gone" | "settled_by_hand" | "restored";
        /**
         * @description How the connection to a mail server is encrypted. There is no way without.
         * @enum {string}
         */
        MailSecurity: "starttls" | "tls";
        /**
         * @description Why a missed tick does not run late.
         * @enum {string}
         */
        MissReason: "policy_none" | "not_latest" | "window" | "max" | "deadline" | "worker_away";
        /** @description What to do with ticks past their start deadline. */
        Missed: {
            /** @description Which of them still run. */
            policy?: components["schemas"]["MissedPolicy"];
            /** @description How old a missed tick may be to run still. */
            window?: components["schemas"]["Span"];
            /**
             * Format: int32
             * @description How many run at most, for policy `all`.
             */
            max?: number;
        };
        /**
         * @description Which missed ticks still run.
         * @enum {string}
         */
        MissedPolicy: "none" | "latest" | "all";
        /** @description An uploaded module. */
        Module: {
            /** @description Its identity. */
            digest: components["schemas"]["Digest"];
            /** @description The name under which it was uploaded; for people, not unique. */
            name: string;
            /** @description Its size. */
            size: components["schemas"]["ByteSize"];
            /** @description Who uploaded it. */
            uploaded_by: string;
            /** @description When. */
            uploaded_at: components["schemas"]["Timestamp"];
            /** @description What was found in it. */
            report: components["schemas"]["ModuleReport"];
        };
        /** @description All modules. */
        ModuleList: {
            /** @description The modules, newest first. */
            modules: components["schemas"]["ModuleView"][];
        };
        /** @description What was found in a module without running it. */
        ModuleReport: {
            /** @description Core module or component. */
            shape: components["schemas"]["ModuleShape"];
            /** @description What it asks of the host, as `module::name`, sorted. */
            imports: string[];
            /** @description What it offers, sorted. */
            exports: string[];
            /** @description The memory that it starts with. */
            memory_min: components["schemas"]["ByteSize"];
            /** @description The tools that made it, where it says so. */
            producers?: string[];
        };
        /**
         * @description Which of the two shapes of WebAssembly a module has.
         * @enum {string}
         */
        ModuleShape: "core" | "component";
        /**
         * @description A name that points to a module and can be moved to another: what people call the version that they mean.
         * @example report:stable
         */
        ModuleTag: string;
        /** @description The multipart form of an upload. */
        ModuleUpload: {
            /**
             * Format: binary
             * @description The module's bytes; its file name is the module's name where the query names none.
             */
            file: string;
        };
        /** @description A module, what it asks for, what points to it and who uses it. */
        ModuleView: components["schemas"]["Module"] & {
            /** @description What it can ask of the host, by its imports. */
            asks_for: components["schemas"]["Capability"][];
            /** @description Tags that point to it, sorted. */
            tags: components["schemas"]["ModuleTag"][];
            /** @description Jobs that run it, sorted by name. */
            used_by: components["schemas"]["JobName"][];
        };
        /** @description A job on its way: its text, whose it is, and where it goes on. */
        MovingJob: {
            /** @description The job's own id, which it keeps: its jitter and the ids of its runs come of it. */
            uid: components["schemas"]["JobUid"];
            /** @description Which save of it this is. */
            spec_id: components["schemas"]["SpecId"];
            /** @description Who saved it. */
            author: string;
            /** @description Why, in the author's words. */
            reason?: string;
            /** @description When. */
            saved_at: components["schemas"]["Timestamp"];
            /** @description Where `@every` counts from. */
            anchor: components["schemas"]["Timestamp"];
            /** @description Every tick up to here had an owner or an end where it comes from. */
            resolved: components["schemas"]["Timestamp"];
            paused?: components["schemas"]["Paused"] | null;
            /** @description The text. */
            job: Record<string, never>;
        };
        /** @description Settings and accounts on their way. */
        MovingSettings: {
            settings?: components["schemas"]["Settings"] | null;
            /** @description Channels; a secret that stays behind is `***`. */
            channels?: components["schemas"]["Channel"][];
            /** @description Rules. */
            rules?: components["schemas"]["Rule"][];
            /** @description Mutes. */
            mutes?: components["schemas"]["Mute"][];
            /** @description Users. */
            users?: components["schemas"]["MovingUser"][];
            /** @description API tokens. */
            tokens?: components["schemas"]["MovingToken"][];
        };
        /** @description An API token on its way: what it is for and the SHA-256 of its secret. */
        MovingToken: {
            /** @description Names it; no secret. */
            id: components["schemas"]["TokenId"];
            /** @description SHA-256 of the secret: 64 digits, in lower-case hexadecimal. Another text is told as faulty among the items. */
            secret_sha256: string;
            /** @description What it is for. */
            name: string;
            /** @description Whose it is. */
            user: components["schemas"]["UserName"];
            /** @description Most that it may do. */
            role: components["schemas"]["Role"];
            /** @description When it was made. */
            created_at: components["schemas"]["Timestamp"];
            expires_at?: components["schemas"]["Timestamp"] | null;
        };
        /** @description A user on their way. */
        MovingUser: {
            /** @description The name to log in by. */
            name: components["schemas"]["UserName"];
            /** @description What they may do. */
            role: components["schemas"]["Role"];
            /** @description What an editor may not save. */
            withheld?: components["schemas"]["Withheld"][];
            /** @description The argon2id hash of their password, in the PHC form; without it only a link opens the account. */
            password_hash?: string | null;
            password_at?: components["schemas"]["Timestamp"] | null;
            /** @description When the account was made. */
            created_at: components["schemas"]["Timestamp"];
            /** @description Who made it. */
            created_by: string;
        };
        /** @description Nobody is told of what this concerns, until it ends. */
        Mute: {
            /** @description What people call it. */
            name: components["schemas"]["ChannelName"];
            /** @description Which jobs and workers it concerns. */
            only?: components["schemas"]["Selector"];
            /** @description What it is about; all of it unless said. */
            on?: components["schemas"]["Condition"][];
            /** @description Until when: within 90 days. */
            until: components["schemas"]["Timestamp"];
            /** @description Why. */
            reason: string;
            /** @description Who set it; the server writes it. */
            by?: string;
        };
        /**
         * @description All mutes.
         * @example {
         *       "mutes": [
         *         {
         *           "name": "release",
         *           "until": "2026-12-01T06:00:00Z",
         *           "reason": "the release"
         *         }
         *       ]
         *     }
         */
        MuteList: {
            /** @description Those that have ended go with the next change. */
            mutes: components["schemas"]["Mute"][];
            /** @description Names all settings of alerts as they stand, for `If-Match`; of no meaning in a request. */
            etag?: string;
        };
        /** @description Connections, datagrams and lookups that a component tried and that its job does not grant. */
        NetworkRefused: {
            /**
             * Format: int64
             * @description How many.
             */
            count: number;
            /** @description The first of them: an address with its port, or a name. */
            first: string;
        };
        /** @description One thing that somebody is told. */
        Notice: {
            /** @description Names it: the same for the same thing, whoever makes it and however often it is sent. */
            id: components["schemas"]["NoticeId"];
            /** @description What it is about. */
            condition: components["schemas"]["Condition"];
            /** @description When that was. */
            at: components["schemas"]["Timestamp"];
            /** @description When the notice was made. */
            made_at: components["schemas"]["Timestamp"];
            job?: components["schemas"]["JobName"] | null;
            uid?: components["schemas"]["JobUid"] | null;
            run?: components["schemas"]["RunId"] | null;
            scheduled_at?: components["schemas"]["Timestamp"] | null;
            /**
             * Format: int32
             * @description Which try at it.
             */
            attempt?: number | null;
            worker?: components["schemas"]["WorkerId"] | null;
            /** @description Which limit was reached, such as `timeout 10m`. */
            limit?: string | null;
            /** @description What happened, in English. */
            text: string;
            why?: components["schemas"]["NoticeWhy"] | null;
            /** @description What came of telling it, by channel. */
            deliveries: components["schemas"]["Delivery"][];
        };
        /**
         * @description One notice, the same whoever makes it: see [`NoticeId::of`].
         * @example 0f3c9a7be2d14c58a1b2c3d4
         */
        NoticeId: string;
        /**
         * @description What a notice tells: a kind with its figures. `text` says the same in English, and stands where a kind is not known.
         * @example {
         *       "kind": "worker_gone",
         *       "worker": "w1",
         *       "gone": "1m"
         *     }
         */
        NoticeWhy: {
            /** @description How. */
            outcome: components["schemas"]["Outcome"];
            /**
             * Format: int32
             * @description How many have failed in a row with it; 0 where that is not counted.
             */
            streak?: number;
            /** @enum {string} */
            kind: "ended";
        } | {
            /** @description How it was settled. */
            how: components["schemas"]["Settled"];
            /**
             * Format: int32
             * @description How many have failed in a row with it; 0 where that is not counted.
             */
            streak?: number;
            /** @enum {string} */
            kind: "settled";
        } | {
            /** @description What it was. */
            after: components["schemas"]["Condition"][];
            /** @description How long it lasted. */
            lasted: components["schemas"]["Span"];
            /** @enum {string} */
            kind: "recovered";
        } | {
            /** @description The tick. */
            tick: components["schemas"]["Timestamp"];
            /** @description Until when it should have started. */
            deadline: components["schemas"]["Timestamp"];
            /** @description How long after its instant that is. */
            start_deadline: components["schemas"]["Span"];
            untaken?: components["schemas"]["Untaken"] | null;
            /** @enum {string} */
            kind: "overdue";
        } | {
            /** @description The first. */
            from: components["schemas"]["Timestamp"];
            /** @description The last. */
            to: components["schemas"]["Timestamp"];
            /** @description By which rule. */
            why: components["schemas"]["MissReason"];
            /** @enum {string} */
            kind: "missed";
        } | {
            /** @description For how long so far. */
            lasts: components["schemas"]["Span"];
            /** @description After how long somebody wants to be told. */
            warn_after: components["schemas"]["Span"];
            /** @enum {string} */
            kind: "long_running";
        } | {
            /** @description For how long. */
            away: components["schemas"]["Span"];
            /** @enum {string} */
            kind: "facts_away";
        } | {
            /** @description Which worker. */
            worker: components["schemas"]["WorkerId"];
            off?: components["schemas"]["ClockOff"] | null;
            /** @enum {string} */
            kind: "clock_off";
        } | {
            /** @description Which worker. */
            worker: components["schemas"]["WorkerId"];
            /** @description How much waits. */
            waiting: components["schemas"]["ByteSize"];
            /**
             * Format: int32
             * @description How many runs are held back.
             */
            runs: number;
            /** @enum {string} */
            kind: "output_waits";
        } | {
            /** @description Which worker. */
            worker: components["schemas"]["WorkerId"];
            /**
             * Format: int32
             * @description How much is free, in hundredths.
             */
            free_percent: number;
            /** @enum {string} */
            kind: "disk_full";
        } | {
            /** @description Which worker. */
            worker: components["schemas"]["WorkerId"];
            /** @description For how long. */
            gone: components["schemas"]["Span"];
            /** @enum {string} */
            kind: "worker_gone";
        } | {
            /** @description Who. */
            by: string;
            /** @description Which. */
            channel: components["schemas"]["ChannelName"];
            /** @enum {string} */
            kind: "test";
        };
        /**
         * @description What keeps a worker from taking anything.
         * @enum {string}
         */
        Obstacle: "no_scripts" | "no_modules" | "draining" | "clock_off" | "waits_for_facts" | "full";
        /** @description How many workers an obstacle keeps from taking anything. */
        Obstructed: {
            /** @description What keeps them. */
            obstacle: components["schemas"]["Obstacle"];
            /**
             * Format: int32
             * @description How many.
             */
            workers: number;
        };
        /**
         * @description What becomes of a run whose worker is gone.
         * @enum {string}
         */
        OnWorkerLoss: "skip" | "rerun";
        /** @description How a run ended. */
        Outcome: {
            /** @description How it came to its end. */
            end: components["schemas"]["End"];
            stop?: components["schemas"]["Stop"] | null;
            /** @description True when TERM did not end it within its grace. */
            escalated?: boolean;
            /** @description True when it reached its memory limit. */
            out_of_memory?: boolean;
            /** @description True when it used up its fuel. */
            out_of_fuel?: boolean;
            /** @description What it used. */
            usage?: components["schemas"]["Usage"];
            /** @description How much output there was. */
            output?: components["schemas"]["OutputCount"];
            /**
             * Format: int32
             * @description Processes that outlived the script and were killed.
             */
            leftovers_killed?: number;
            limits?: components["schemas"]["Limits"] | null;
            /** @description Which limits held it, and by what. */
            applied?: components["schemas"]["Applied"][];
            /** @description How it ended, in words; see [`Outcome::told`]. */
            words?: string;
            ran_as?: components["schemas"]["RanAs"] | null;
            /** @description When it was started; equal to `ended_at` when it was not. */
            started_at: components["schemas"]["Timestamp"];
            /** @description When its end was seen. */
            ended_at: components["schemas"]["Timestamp"];
        };
        /** @description Whether a run's output is there as its record counts it. */
        OutputCheck: {
            /** @description What came out. */
            state: components["schemas"]["OutputState"];
            /**
             * Format: int64
             * @description Chunks that are there.
             */
            chunks: number;
            /**
             * Format: int64
             * @description Chunks that the run's record counts; absent while it counts none.
             */
            chunks_counted?: number | null;
            /**
             * Format: int64
             * @description Bytes that are there.
             */
            bytes: number;
            /**
             * Format: int64
             * @description Bytes that were read and not kept, each place with its line of words in the output.
             */
            dropped: number;
            /** @description Numbers of chunks that are missing, from and to, the first hundred such stretches. */
            missing?: [
                number,
                number
            ][];
        };
        /** @description How much output there was. */
        OutputCount: {
            /**
             * Format: int64
             * @description Bytes kept.
             */
            kept: number;
            /**
             * Format: int64
             * @description Bytes that were read and not kept: beyond `limits.output`, refused by the worker's disk, or dropped because
             *     too much output waited for the store and the worker's owner wants it so.
             */
            dropped: number;
            /** @description True when who wrote it died: what had been read and not yet written is in neither number. */
            incomplete?: boolean;
        };
        /** @description The last event of a tail. */
        OutputEnd: {
            /** @description How the run ended. */
            status: components["schemas"]["RunStatus"];
            /** @description Why, in words. */
            reason: string;
            /**
             * Format: int64
             * @description How many chunks there are.
             */
            next: number;
            /**
             * Format: int64
             * @description Bytes that were read and not kept: beyond the limit, or refused by the worker's disk.
             */
            dropped: number;
            /**
             * Format: int64
             * @description Chunks that the run's record counts, or that others follow, and that are not there half a minute after its end.
             */
            missing?: number;
        };
        /** @description A part of a run's output. */
        OutputPage: {
            /** @description The chunks, in the order in which they were read. */
            chunks: components["schemas"]["ChunkView"][];
            /**
             * Format: int64
             * @description `from` of the part after this one.
             */
            next: number;
            /** @description True when the run has ended and no chunk comes after this part. */
            ended: boolean;
            /** @description Where the run stands. */
            status: components["schemas"]["RunStatus"];
        };
        /**
         * @description Whether a run's output is there.
         * @enum {string}
         */
        OutputState: "growing" | "whole" | "altered" | "missing" | "uncounted";
        /** @description The run's whole output, once it is known. */
        OutputSummary: {
            /**
             * Format: int64
             * @description How many chunks there are: sequence numbers 0 to `chunks` − 1.
             */
            chunks: number;
            /**
             * Format: int64
             * @description Bytes in them.
             */
            bytes: number;
            /**
             * Format: int64
             * @description Bytes that were read and not kept: beyond the limit, or refused by the worker's disk.
             */
            dropped: number;
            /** @description SHA-256 of the bytes in order of sequence, in hexadecimal. */
            sha256: string;
        };
        /** @description What of the output of a worker's runs waits on its disk for the facts store, and what that costs the runs. */
        OutputWaits: {
            /**
             * Format: int64
             * @description Bytes that wait and were not read for sending.
             */
            waiting_bytes: number;
            /**
             * Format: int32
             * @description Runs that are held back, since too much waits: they wait, or what they print is dropped, as the worker's owner
             *     wants it.
             */
            held_runs: number;
            /**
             * Format: int64
             * @description Bytes that runs printed and that were dropped for that, since the worker's process started.
             */
            truncated_bytes: number;
            /** @description True while so many ended runs wait to be told that the worker starts nothing new. */
            ends_full?: boolean;
        };
        /**
         * @description A tick falls due while an earlier run goes on.
         * @enum {string}
         */
        Overlap: "allow" | "skip" | "replace";
        /**
         * @description What a run-now changes for its one run.
         * @example {
         *       "env": {
         *         "DAY": "2026-12-01"
         *       },
         *       "timeout": "5m"
         *     }
         */
        Overrides: {
            env?: components["schemas"]["Env"] | null;
            /** @description Arguments in place of the job's own; wasm only. */
            args?: string[] | null;
            /** @description What the run reads on standard input, in place of the job's own. */
            stdin?: string | null;
            timeout?: components["schemas"]["Span"] | null;
        };
        /**
         * @description A new password.
         * @example {
         *       "current": "a word that nobody guesses",
         *       "new": "another that nobody guesses"
         *     }
         */
        PasswordRequest: {
            /** @description The password that stands; not for an account that has none yet. */
            current?: string | null;
            /** @description The new one: 10 characters or more. */
            new: string;
        };
        /**
         * @description Why a job is paused, and until when.
         * @example {
         *       "why": "the disk is full"
         *     }
         */
        PauseRequest: {
            /** @description Why, in your words. */
            why?: string;
            until?: components["schemas"]["Timestamp"] | null;
        };
        /** @description Who paused a job, why, and until when. */
        Paused: {
            /** @description Who. */
            by: string;
            /** @description Why, in their words. */
            why?: string;
            /** @description Since when. */
            since: components["schemas"]["Timestamp"];
            until?: components["schemas"]["Timestamp"] | null;
        };
        /** @description A start that is owed. */
        PendingRun: {
            /** @description The run that it will be. */
            run: components["schemas"]["RunId"];
            /** @description What it waits for. */
            why: components["schemas"]["PendingWhy"];
            /** @description Why it exists. */
            trigger: components["schemas"]["Trigger"];
            /** @description The tick, or the instant of the request. */
            scheduled_at: components["schemas"]["Timestamp"];
            /**
             * Format: int32
             * @description Which attempt it will be, from 1.
             */
            attempt: number;
            not_before?: components["schemas"]["Timestamp"] | null;
            until?: components["schemas"]["Timestamp"] | null;
            /** @description Who asked for it. */
            requested_by?: string | null;
        };
        /**
         * @description What a start that is owed waits for.
         * @enum {string}
         */
        PendingWhy: "requested" | "retry" | "replacing";
        /** @description Many jobs that start at once. */
        Pile: {
            /** @description Its worst minute. */
            at: components["schemas"]["Timestamp"];
            /**
             * @description What they share: `minute` (at least 60 starts in it and four times the mean of a minute), else `second` (at least
             *     100 starts in it and ten times the mean of a second).
             */
            share: components["schemas"]["Share"];
            /**
             * Format: int32
             * @description Starts in that minute.
             */
            starts: number;
            /**
             * Format: int32
             * @description The most starts in one second of it.
             */
            second: number;
            /**
             * Format: int32
             * @description How many minutes ahead are like it: too many starts, the most of them by the same schedule.
             */
            times: number;
            /** @description The schedules with the most starts in it, at most five. */
            schedules: components["schemas"]["PiledSchedule"][];
            /** @description It in words. */
            message: string;
        };
        /** @description A schedule of a pile. */
        PiledSchedule: {
            /** @description Its text. */
            schedule: string;
            /** @description The zone in which it is read. */
            zone: string;
            /** @description How many jobs have it. */
            jobs: number;
            /** @description Some of them, at most three. */
            examples: components["schemas"]["JobName"][];
            /** @description The text that would spread them and run as often; absent where there is none. */
            spread?: string | null;
        };
        /** @description Where a tick runs. */
        Placement: {
            /** @description On one matching worker or on each. */
            mode?: components["schemas"]["PlacementMode"];
            /** @description Labels that a worker must have. */
            labels?: {
                [key: string]: string;
            };
        };
        /**
         * @description On how many workers a tick runs.
         * @enum {string}
         */
        PlacementMode: "one" | "all";
        /**
         * @description A schedule to look at.
         * @example {
         *       "text": "30 2 * * mon-fri",
         *       "timezone": "Europe/Berlin",
         *       "count": 3
         *     }
         */
        PreviewRequest: {
            /**
             * @description The text as typed.
             * @example 30 2 * * *
             */
            text: string;
            /**
             * @description The zone in which it is read.
             * @example Europe/Berlin
             */
            timezone?: string;
            /** @description What happens at changes of the clock. */
            dst?: components["schemas"]["DstRule"];
            /** @description How weekdays are numbered. */
            weekdays?: components["schemas"]["Weekdays"];
            /** @description The job's name: `H` is spread by it. */
            name?: string;
            /**
             * Format: int32
             * @description How many instants to return.
             */
            count?: number;
            from?: components["schemas"]["Timestamp"] | null;
            anchor?: components["schemas"]["Timestamp"] | null;
            /** @description In which language it is told; without it the one that `Accept-Language` likes best. */
            language?: ("en" | "zh") | null;
        };
        /** @description A request that was not answered as asked. `code` is stable: programs decide by it, people read the rest. */
        Problem: {
            /**
             * Format: int32
             * @description The HTTP status.
             * @example 422
             */
            status: number;
            /**
             * @description Stable word for what is wrong.
             * @example invalid_job
             */
            code: string;
            /**
             * @description What is wrong, in a few words; the same for each problem of this code.
             * @example the job has faults
             */
            title: string;
            /** @description What is wrong this time and what to do about it. */
            detail: string;
            /** @description What is wrong field by field. */
            errors?: components["schemas"]["Fault"][];
            current?: components["schemas"]["SavedView"] | null;
            /** @description Names the request in the server's log. */
            request_id?: string;
        };
        /** @description Who a script ran as. */
        RanAs: {
            /** @description The name that its environment gave. */
            user: string;
            /**
             * Format: int32
             * @description The number that counts.
             */
            uid: number;
            /** @description How far that keeps it apart. */
            isolation: components["schemas"]["Isolation"];
            /** @description Why, in words. */
            why: string;
        };
        /** @description Whether the server can do its work. */
        Readiness: {
            /** @description True when every store answers. */
            ready: boolean;
            /** @description The stores one by one. */
            stores: components["schemas"]["StoreHealth"][];
        };
        /** @description One of a job's last runs, with what a strip of them needs. */
        RecentRun: {
            /** @description The run. */
            id: components["schemas"]["RunId"];
            /** @description Where it stands. */
            status: components["schemas"]["RunStatus"];
            /** @description Why it exists. */
            trigger: components["schemas"]["Trigger"];
            /** @description The tick, or the instant of the request. */
            scheduled_at: components["schemas"]["Timestamp"];
            started_at?: components["schemas"]["Timestamp"] | null;
            ended_at?: components["schemas"]["Timestamp"] | null;
        };
        /** @description When a run that failed is tried again. */
        Retries: {
            /**
             * Format: int32
             * @description How often, after the first attempt.
             */
            max?: number;
            /** @description After which ends. */
            on?: components["schemas"]["RunStatus"][];
            /** @description How long to wait before the first retry; doubles with each. */
            backoff?: components["schemas"]["Span"];
            /** @description The longest wait. */
            backoff_max?: components["schemas"]["Span"];
        };
        /**
         * Format: int64
         * @description A store's modification revision: rises with every change of any key and never repeats.
         */
        Revision: number;
        /** @description What differs between two revisions, field by field. */
        RevisionDiff: {
            /** @description The job. */
            job: components["schemas"]["JobName"];
            from?: components["schemas"]["Revision"] | null;
            /** @description The revision. */
            to: components["schemas"]["Revision"];
            /** @description The fields that differ, in order of their paths. */
            changes: components["schemas"]["FieldChange"][];
        };
        /** @description One page of revisions. */
        RevisionPage: {
            /** @description The revisions, newest first. */
            revisions: components["schemas"]["RevisionView"][];
            /** @description `cursor` of the next page; absent on the last. */
            next?: string | null;
        };
        /** @description One revision with its text. */
        RevisionText: components["schemas"]["RevisionView"] & {
            job?: components["schemas"]["Job"] | null;
        };
        /** @description A save of a job, or its deletion. */
        RevisionView: {
            /** @description Names it: rises from one to the next, not by one. */
            revision: components["schemas"]["Revision"];
            uid?: components["schemas"]["JobUid"] | null;
            spec_id?: components["schemas"]["SpecId"] | null;
            /**
             * @description Who; absent of a deletion that left no record beside the audit's.
             * @example anna
             */
            author?: string | null;
            /**
             * @description Why, in their words.
             * @example the report takes longer since March
             */
            reason?: string;
            /** @description When. */
            at: components["schemas"]["Timestamp"];
            /** @description True: the job was deleted. */
            deleted?: boolean;
            /**
             * @description The fields that it changed in the text before; none of a first save and of a deletion.
             * @example [
             *       "limits.timeout"
             *     ]
             */
            changed: string[];
        };
        /**
         * @description What somebody may do; each role may do all that the ones before it may.
         * @enum {string}
         */
        Role: "viewer" | "operator" | "editor" | "admin";
        /** @description Who hears of what, of all jobs that name no channels themselves and of what is no job. */
        Rule: {
            /** @description What people call it. */
            name: components["schemas"]["ChannelName"];
            /** @description What it is about. */
            on: components["schemas"]["Condition"][];
            /** @description Which jobs and workers it concerns. */
            only?: components["schemas"]["Selector"];
            /** @description Which of several failures. */
            failures?: components["schemas"]["Failures"];
            /** @description Who hears of it. */
            channels: components["schemas"]["ChannelName"][];
        };
        /**
         * @description All rules.
         * @example {
         *       "rules": [
         *         {
         *           "name": "all-failures",
         *           "on": [
         *             "failed",
         *             "timed_out"
         *           ],
         *           "channels": [
         *             "ops"
         *           ]
         *         }
         *       ]
         *     }
         */
        RuleList: {
            /** @description Each is looked at: who is named by several hears once. */
            rules: components["schemas"]["Rule"][];
            /** @description Names all settings of alerts as they stand, for `If-Match`; of no meaning in a request. */
            etag?: string;
        };
        /** @description A run that was asked for. */
        RunAccepted: {
            /** @description The run: read it at `/runs/{id}`. */
            run: components["schemas"]["RunId"];
            /** @description Its job. */
            job: components["schemas"]["JobName"];
            /** @description True when the idempotency key was used before: nothing new was asked for. */
            known: boolean;
            /** @description For placement `all`: the run on each worker that it was asked of; `run` is the first of them. */
            runs?: components["schemas"]["WorkerRun"][];
        };
        /**
         * @description What is done with each run.
         * @enum {string}
         */
        RunAction: "kill" | "rerun";
        /**
         * @description One action on many runs.
         * @example {
         *       "action": "rerun",
         *       "filter": {
         *         "job": "nightly-report",
         *         "status": "failed,timed_out"
         *       },
         *       "dry_run": true
         *     }
         */
        RunActionRequest: {
            /** @description What is done with each. */
            action: components["schemas"]["RunAction"];
            /** @description The runs by id; this or `filter`. */
            ids?: components["schemas"]["RunId"][] | null;
            filter?: components["schemas"]["RunFilter"] | null;
            /** @description True: does nothing and says what it would touch. */
            dry_run?: boolean;
            expect?: components["schemas"]["Expected"] | null;
        };
        /** @description How many runs and ticks ended how. They count where their tick was due. */
        RunCounts: {
            /**
             * Format: int64
             * @description Runs that have a record.
             */
            runs: number;
            /**
             * @description Those by their status; a status that none has is absent.
             * @example {
             *       "succeeded": 118,
             *       "failed": 2
             *     }
             */
            statuses: {
                [key: string]: number;
            };
            /**
             * Format: double
             * @description What succeeded among the runs that have ended, 0 to 1; absent where none has.
             * @example 0.98
             */
            success_rate?: number | null;
            /**
             * Format: int64
             * @description First starts of ticks of the schedule that began in time.
             */
            on_time: number;
            /**
             * Format: int64
             * @description First starts of ticks of the schedule that began later than `late_after`.
             */
            late: number;
            /**
             * Format: int64
             * @description Ticks for which nobody was there in time, those without a record of their own included.
             */
            missed: number;
            /**
             * Format: int64
             * @description Ticks that a policy or a person decided against, those without a record of their own included.
             */
            skipped: number;
        };
        /**
         * @description Which runs, as `GET /runs` has it. Of `kill` only those that go on, of `rerun` only those that have ended. Filters
         *     combine by AND.
         */
        RunFilter: {
            job?: components["schemas"]["JobName"] | null;
            /**
             * @description Runs of these statuses; several by commas.
             * @example failed,timed_out
             */
            status?: string | null;
            worker?: components["schemas"]["WorkerId"] | null;
            /**
             * @description Runs for these reasons; several by commas.
             * @example schedule
             */
            trigger?: string | null;
            from?: components["schemas"]["Timestamp"] | null;
            to?: components["schemas"]["Timestamp"] | null;
            duration_min?: components["schemas"]["Span"] | null;
            duration_max?: components["schemas"]["Span"] | null;
        };
        /**
         * @description One attempt at one tick, the same whoever computes it: see [`RunId::for_tick`].
         * @example 0f3c9a7be2d14c58a1b2c3d4
         */
        RunId: string;
        /** @description One page of runs. */
        RunPage: {
            /** @description The runs, newest first. */
            runs: components["schemas"]["RunRecord"][];
            /** @description `cursor` of the next page; absent on the last. */
            next?: string | null;
        };
        /** @description One attempt at one tick, as the facts store keeps it. */
        RunRecord: {
            /**
             * Format: int32
             * @description Format of this document; see [`RunRecord::VERSION`].
             */
            version: number;
            /** @description The run's id. */
            id: components["schemas"]["RunId"];
            /** @description Its job's name. */
            job: components["schemas"]["JobName"];
            /** @description Its job's own id. */
            uid: components["schemas"]["JobUid"];
            /** @description The text that it runs. */
            spec_id: components["schemas"]["SpecId"];
            /** @description What kind of workload it runs. */
            kind: components["schemas"]["Kind"];
            /** @description Why it exists. */
            trigger: components["schemas"]["Trigger"];
            /** @description The tick, or the instant of the request. */
            scheduled_at: components["schemas"]["Timestamp"];
            /**
             * Format: int32
             * @description Counts the tries at one tick, from 1.
             */
            attempt: number;
            /** @description Who asked for it, for trigger `manual`. */
            requested_by?: string | null;
            /** @description Where it stands. */
            status: components["schemas"]["RunStatus"];
            /** @description Why it ended as it did, in words; empty while it runs. */
            reason?: string;
            settled?: components["schemas"]["Settled"] | null;
            worker?: components["schemas"]["WorkerId"] | null;
            fence?: components["schemas"]["Fence"] | null;
            claimed_at?: components["schemas"]["Timestamp"] | null;
            started_at?: components["schemas"]["Timestamp"] | null;
            ended_at?: components["schemas"]["Timestamp"] | null;
            outcome?: components["schemas"]["Outcome"] | null;
            late_outcome?: components["schemas"]["Outcome"] | null;
            output?: components["schemas"]["OutputSummary"] | null;
            /** @description How long the record and its output are kept after its end. */
            retention: components["schemas"]["Span"];
        };
        /**
         * @description Where a run stands. The words of API, page, CLI and alerts.
         * @enum {string}
         */
        RunStatus: "claimed" | "running" | "waiting" | "retrying" | "succeeded" | "failed" | "timed_out" | "killed" | "out_of_memory" | "out_of_fuel" | "trapped" | "not_started" | "host_error" | "lost" | "skipped" | "missed";
        /** @description What a sentence was made of. */
        Said: {
            /**
             * @description The English sentence with `{}` in the place of each value: the same for each fault of its kind.
             * @example must be {} to {}, got `{}`
             */
            template: string;
            /** @description What stands in the gaps, in their order. */
            values?: components["schemas"]["SaidValue"][];
        };
        /** @description What stands in a gap. */
        SaidValue: string | components["schemas"]["Said"];
        /** @description Who saved a job's text, and when. */
        SavedView: {
            /** @description The job's own id: a name deleted and saved anew is another job. */
            uid: components["schemas"]["JobUid"];
            /** @description Counts the saves, from 1. */
            spec_id: components["schemas"]["SpecId"];
            /** @description Who. */
            author: string;
            /** @description Why, in their words. */
            reason?: string;
            /** @description When. */
            saved_at: components["schemas"]["Timestamp"];
            /** @description Names this text of the job: the `ETag` of the answer, `If-Match` of a save or a delete. */
            etag: string;
        };
        /**
         * @description Whether a schedule has ticks to come.
         * @enum {string}
         */
        ScheduleStatus: "active" | "paused" | "disabled" | "ended";
        /** @description A schedule as people read it. */
        ScheduleView: {
            /** @description It in words. */
            words: string;
            /** @description The zone in which it is read. */
            zone: string;
            /** @description What changes of the clock do to it, in words; absent where none come, as in UTC. */
            clock_changes?: string | null;
            anchor?: components["schemas"]["Timestamp"] | null;
            /** @description What its user should know about it. */
            warnings: string[];
            /** @description Whether it has ticks to come. */
            status?: components["schemas"]["ScheduleStatus"];
            /** @description What its last time was, in words, once it has ended. */
            ended?: string | null;
            /** @description The next ticks; fewer than asked for when it ends, none before the end of a pause, none where the job is not enabled. */
            next: components["schemas"]["Upcoming"][];
        };
        /** @description Lines of a run's output that match, in their order. */
        SearchPage: {
            /** @description The lines; a page may have none and a `next` all the same, since it reads a bounded part of the output. */
            matches: components["schemas"]["LineMatch"][];
            /** @description `cursor` of the page after this one; none when all that is there was read. */
            next?: string | null;
            /**
             * Format: int64
             * @description Lines that were looked at so far, those of the pages before with them.
             */
            lines: number;
            /** @description True when the run has ended, so that nothing more comes. */
            ended: boolean;
        };
        /**
         * @description A text that is stored and never shown again.
         * @example ***
         */
        Secret: string;
        /** @description Which jobs or workers something concerns. All that is named must hold; an empty one concerns everything. */
        Selector: {
            /** @description Jobs of these names. */
            jobs?: components["schemas"]["JobName"][];
            /** @description Jobs with these labels. */
            labels?: {
                [key: string]: string;
            };
            /** @description These workers. */
            workers?: components["schemas"]["WorkerId"][];
        };
        /**
         * @description What to come in with: a name and its password, or one of the two others.
         * @example {
         *       "name": "ada",
         *       "password": "a word that nobody guesses"
         *     }
         */
        SessionRequest: {
            /** @description The user's name. */
            name?: string | null;
            /** @description The user's password. */
            password?: string | null;
            /** @description The secret of a one-time login link: what follows `#` in it. */
            login_token?: string | null;
            /** @description An API token. */
            token?: string | null;
        };
        /** @description Who is asking. */
        SessionView: {
            /** @description Who. */
            user: string;
            /** @description What they may do. */
            role: components["schemas"]["Role"];
            /** @description What they may not save. */
            withheld?: components["schemas"]["Withheld"][];
            /** @description True while the account has no password: set one, or the next login takes a link. */
            passwordless?: boolean;
            /** @description By what. */
            via: components["schemas"]["Via"];
            expires_at?: components["schemas"]["Timestamp"] | null;
        };
        /**
         * @description What an admin set; what is absent is as the configuration of each master says.
         * @example {
         *       "audit_days": 90,
         *       "session_ttl": "12h"
         *     }
         */
        Settings: {
            session_ttl?: components["schemas"]["Span"] | null;
            /**
             * Format: int32
             * @description How many days lines of the audit and told alerts are kept.
             */
            audit_days?: number | null;
            /**
             * Format: int32
             * @description How many texts are kept of each job.
             */
            revisions_max?: number | null;
            /**
             * Format: int32
             * @description How many days a text of a job is kept after it was replaced.
             */
            revisions_days?: number | null;
            /**
             * Format: int32
             * @description How many days ranges of ticks that did not run are kept.
             */
            ranges_days?: number | null;
        };
        /** @description Settings as they stand. */
        SettingsView: {
            /** @description What an admin set. */
            settings: components["schemas"]["Settings"];
            /** @description What is so by it, and by this master's configuration where nobody set anything. */
            in_force: components["schemas"]["InForce"];
            /**
             * @description Names what stands, for `If-Match`.
             * @example "17"
             */
            etag: string;
        };
        /**
         * @description How a run ended of which no worker tells: who settled its job's record knows it alone.
         * @example {
         *       "kind": "lost",
         *       "why": "worker_gone"
         *     }
         */
        Settled: {
            /** @description Why. */
            why: components["schemas"]["LostWhy"];
            /** @description Who settled it, where it was a person. */
            by?: string | null;
            /** @enum {string} */
            kind: "lost";
        } | {
            /** @enum {string} */
            kind: "killed_before";
        } | {
            /** @enum {string} */
            kind: "worker_ended_before";
        } | (components["schemas"]["Skip"] & {
            /** @enum {string} */
            kind: "skipped";
        }) | {
            /** @description By which rule it does not run late. */
            why: components["schemas"]["MissReason"];
            /** @enum {string} */
            kind: "missed";
        };
        /**
         * @description What the starts of a pile share.
         * @enum {string}
         */
        Share: "minute" | "second";
        /** @description A script and how to run it. */
        Shell: {
            /**
             * @description The script's text, handed to the interpreter as a file.
             * @example echo hello
             */
            script: string;
            /** @description The interpreter and its options; the script's file is its last argument. */
            interpreter?: string[];
            /** @description The account to run as; without it the worker's owner decides. */
            user?: string | null;
            /** @description The directory to start in, absolute; without it the home directory of the account. */
            cwd?: string | null;
            /** @description Environment variables besides those that every run gets. */
            env?: components["schemas"]["Env"];
            /** @description What the script reads on standard input; empty means at once end of file. */
            stdin?: components["schemas"]["HiddenText"];
            /** @description Lets set-user-id programs such as `sudo` gain privileges; the worker's owner must allow it. */
            privilege_gain?: boolean;
            /** @description What happens to processes that outlive the script. */
            leftovers?: components["schemas"]["Leftovers"];
        };
        /** @description What a policy or a person decided against, and why. */
        Skip: {
            /** @description What decided. */
            why: components["schemas"]["SkipReason"];
            /** @description Who, where it was a person. */
            by?: string | null;
            run?: components["schemas"]["RunId"] | null;
        };
        /**
         * @description Why a tick was skipped.
         * @enum {string}
         */
        SkipReason: "overlap" | "replaced" | "paused" | "edited" | "disabled" | "deleted" | "killed" | "too_many_running" | "unplaced" | "restored" | "several";
        /**
         * @description A length of time in milliseconds, written as `10m`, `1h30m` or `250ms`.
         * @example 10m
         */
        Span: string;
        /**
         * Format: int64
         * @description Counts the saves of one job (one uid), from 1: names the text that a state belongs to.
         */
        SpecId: number;
        /**
         * @description The steps of a start, in their order.
         * @enum {string}
         */
        Stage: "claim" | "limits" | "folder" | "module" | "grants" | "cgroup" | "mounts" | "cwd" | "user" | "exec";
        /** @description Where a job stands. */
        StateView: {
            paused?: components["schemas"]["Paused"] | null;
            /** @description Every tick up to here has an owner or an end. */
            resolved: components["schemas"]["Timestamp"];
            /** @description Runs under way. */
            active: components["schemas"]["ActiveRun"][];
            /** @description Starts that are owed. */
            waiting: components["schemas"]["PendingRun"][];
            /** @description For placement `all`: where it stands on each worker. `active` and `waiting` hold those of all of them. */
            workers?: components["schemas"]["WorkerState"][];
        };
        /** @description What ran by the hour. */
        StatsReply: {
            /** @description The first hour. */
            from: components["schemas"]["Timestamp"];
            /** @description The end of the last hour. */
            to: components["schemas"]["Timestamp"];
            /** @description From when on a start is late. */
            late_after: components["schemas"]["Span"];
            /** @description False: `missed` and `skipped` may be more, since the schedule of a job is gone by now or they are too many to count. */
            complete: boolean;
            /** @description All hours together. */
            total: components["schemas"]["RunCounts"];
            /** @description Each hour, the earliest first, also those in which nothing was due. */
            hours: components["schemas"]["HourStats"][];
        };
        /**
         * @description Why somebody stopped a run.
         * @enum {string}
         */
        Stop: "timeout" | "killed" | "replaced" | "handed_over" | "cut_off";
        /** @description Whether one store answers. */
        StoreHealth: {
            /** @description Which: `intent` or `facts`. */
            store: string;
            /** @description True when it answers. */
            answers: boolean;
        };
        /**
         * @description Which of its two streams a run wrote to.
         * @enum {string}
         */
        Stream: "stdout" | "stderr";
        /** @description Where a tag points, and who says so. */
        Tag: {
            /** @description Its name. */
            tag: components["schemas"]["ModuleTag"];
            /** @description The module that it points to. */
            digest: components["schemas"]["Digest"];
            /** @description Who set it last. */
            set_by: string;
            /** @description When. */
            set_at: components["schemas"]["Timestamp"];
        };
        /**
         * @description Where to point a tag.
         * @example {
         *       "digest": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
         *     }
         */
        TagRequest: {
            /** @description The module. */
            digest: components["schemas"]["Digest"];
        };
        /** @description A tag as it stands. */
        TagView: components["schemas"]["Tag"] & {
            before?: components["schemas"]["Digest"] | null;
        };
        /** @description How often a run had used up its share of the processors and waited for the next period. */
        Throttled: {
            /**
             * Format: int64
             * @description Periods in which it wanted a processor.
             */
            periods: number;
            /**
             * Format: int64
             * @description Periods in which it had to wait.
             */
            throttled: number;
            /** @description How long its threads waited, all together. */
            time: components["schemas"]["Span"];
        };
        /**
         * @description What became of a tick.
         * @enum {string}
         */
        TickKind: "run" | "skipped" | "missed" | "pending" | "overdue" | "taken";
        /** @description One page of ticks. */
        TickPage: {
            /** @description The ticks, newest first. */
            ticks: components["schemas"]["TickView"][];
            /** @description `cursor` of the next page; absent on the last. */
            next?: string | null;
            /** @description True while the store of facts does not answer: runs that have ended are then not told of. */
            facts_away?: boolean;
        };
        /**
         * @description What became of one due moment.
         * @example {
         *       "at": "2026-12-01T08:15:00Z",
         *       "kind": "overdue",
         *       "reason": "late: no worker is alive; it may start until 2026-12-01T08:25:00Z",
         *       "why": {
         *         "kind": "late",
         *         "until": "2026-12-01T08:25:00Z",
         *         "untaken": {
         *           "kind": "no_worker"
         *         }
         *       },
         *       "attempts": 0
         *     }
         */
        TickView: {
            /** @description The tick. */
            at: components["schemas"]["Timestamp"];
            until?: components["schemas"]["Timestamp"] | null;
            /** @description What became of it. */
            kind: components["schemas"]["TickKind"];
            status?: components["schemas"]["RunStatus"] | null;
            late?: components["schemas"]["Span"] | null;
            /** @description Why, in English. */
            reason: string;
            why?: components["schemas"]["TickWhy"] | null;
            /** @description What happened to workers' clocks at its instant, where it is missed or overdue. */
            clocks?: components["schemas"]["ClockSeen"][];
            run?: components["schemas"]["RunId"] | null;
            /**
             * Format: int32
             * @description How many attempts there were.
             */
            attempts: number;
            worker?: components["schemas"]["WorkerId"] | null;
        };
        /**
         * @description Why this became of a tick: a kind with its figures. `reason` says the same in English, and stands where a kind is not known.
         * @example {
         *       "kind": "late",
         *       "until": "2026-12-01T08:25:00Z",
         *       "untaken": {
         *         "kind": "no_worker"
         *       }
         *     }
         */
        TickWhy: {
            /**
             * Format: int32
             * @description The exit code.
             */
            code: number;
            /** @enum {string} */
            kind: "exited";
        } | {
            /** @description How, without what a run's own record says beyond its reason. */
            outcome: components["schemas"]["Outcome"];
            /** @enum {string} */
            kind: "ended";
        } | {
            /** @description How it was settled. */
            how: components["schemas"]["Settled"];
            /** @enum {string} */
            kind: "settled";
        } | {
            /** @description Where it stands. */
            status: components["schemas"]["RunStatus"];
            /** @description Where it runs. */
            worker: components["schemas"]["WorkerId"];
            /** @enum {string} */
            kind: "stands";
        } | {
            /** @description Which. */
            worker: components["schemas"]["WorkerId"];
            /** @enum {string} */
            kind: "claimed";
        } | {
            /**
             * Format: int32
             * @description Which attempt.
             */
            attempt: number;
            /** @description Not before this instant. */
            not_before: components["schemas"]["Timestamp"];
            /** @enum {string} */
            kind: "retry";
        } | {
            /** @description Until when at the latest. */
            until: components["schemas"]["Timestamp"];
            /** @enum {string} */
            kind: "replaces";
        } | (components["schemas"]["Skip"] & {
            /** @enum {string} */
            kind: "skipped";
        }) | {
            /** @description By which rule. */
            why: components["schemas"]["MissReason"];
            untaken?: components["schemas"]["Untaken"] | null;
            /** @enum {string} */
            kind: "missed";
        } | {
            /** @enum {string} */
            kind: "nobody_placed";
        } | {
            /** @enum {string} */
            kind: "undelivered";
        } | {
            /** @enum {string} */
            kind: "facts_away";
        } | {
            /** @description By whom. */
            by: string;
            /** @description Why; may be empty. */
            note?: string;
            /** @enum {string} */
            kind: "paused";
        } | {
            /** @description When it is. */
            due: components["schemas"]["Timestamp"];
            /** @enum {string} */
            kind: "not_due";
        } | {
            /** @description Which. */
            run: components["schemas"]["RunId"];
            /** @enum {string} */
            kind: "run_in_the_way";
        } | {
            /**
             * Format: int32
             * @description Which attempt.
             */
            attempt: number;
            /** @description Not before this instant. */
            not_before: components["schemas"]["Timestamp"];
            /** @enum {string} */
            kind: "retry_in_the_way";
        } | {
            /** @description Until when. */
            until: components["schemas"]["Timestamp"];
            untaken?: components["schemas"]["Untaken"] | null;
            /** @enum {string} */
            kind: "late";
        } | {
            untaken?: components["schemas"]["Untaken"] | null;
            /** @enum {string} */
            kind: "policy_decides";
        } | {
            untaken?: components["schemas"]["Untaken"] | null;
            /** @enum {string} */
            kind: "policy_decides_there";
        };
        /**
         * Format: date-time
         * @description An instant of the wall clock, in milliseconds since 1970 UTC. Written as RFC 3339 in UTC.
         * @example 2026-12-01T02:30:00Z
         */
        Timestamp: string;
        /**
         * @description What to change of a token; what is absent stays.
         * @example {
         *       "name": "nightly report",
         *       "ttl": "90d"
         *     }
         */
        TokenChange: {
            /** @description What it is for: 1 to 100 characters. */
            name?: string | null;
            ttl?: components["schemas"]["Span"] | null;
        };
        /**
         * @description An API token's own id, which is no secret: what lists show and what revokes it.
         * @example 9c0e7d1b4c3e
         */
        TokenId: string;
        /** @description API tokens. */
        TokenList: {
            /** @description One's own, of an admin all; sorted by user and name. */
            tokens: components["schemas"]["TokenView"][];
        };
        /** @description A token that was made. */
        TokenReply: {
            /** @description The token. */
            token: components["schemas"]["TokenView"];
            /** @description The secret: told this once. */
            secret: string;
        };
        /**
         * @description A token to make.
         * @example {
         *       "name": "nightly report",
         *       "role": "operator",
         *       "ttl": "90d"
         *     }
         */
        TokenRequest: {
            /** @description What it is for: 1 to 100 characters. */
            name: string;
            role?: components["schemas"]["Role"] | null;
            ttl?: components["schemas"]["Span"] | null;
        };
        /** @description An API token, without its secret. */
        TokenView: {
            /** @description Names it. */
            id: components["schemas"]["TokenId"];
            /** @description What it is for. */
            name: string;
            /** @description Whose it is. */
            user: components["schemas"]["UserName"];
            /** @description Most that it may do. */
            role: components["schemas"]["Role"];
            /** @description When it was made. */
            created_at: components["schemas"]["Timestamp"];
            expires_at?: components["schemas"]["Timestamp"] | null;
            last_used_at?: components["schemas"]["Timestamp"] | null;
        };
        /**
         * @description Why a run exists.
         * @enum {string}
         */
        Trigger: "schedule" | "manual" | "catch_up";
        /**
         * @description Why nobody takes the ticks of a job, as far as the workers show it.
         * @example {
         *       "kind": "obstacles",
         *       "obstacles": [
         *         {
         *           "obstacle": "full",
         *           "workers": 2
         *         }
         *       ]
         *     }
         */
        Untaken: {
            /** @enum {string} */
            kind: "no_worker";
        } | {
            /** @description Which. */
            worker: components["schemas"]["WorkerId"];
            /** @enum {string} */
            kind: "away";
        } | {
            /** @description Which. */
            worker: components["schemas"]["WorkerId"];
            /** @description What keeps it from that. */
            obstacle: components["schemas"]["Obstacle"];
            /** @enum {string} */
            kind: "there";
        } | {
            /** @description The labels. */
            labels: {
                [key: string]: string;
            };
            /**
             * Format: int32
             * @description How many workers are alive.
             */
            workers: number;
            /** @enum {string} */
            kind: "no_labels";
        } | {
            /** @description By what, and how many of them. */
            obstacles: components["schemas"]["Obstructed"][];
            /** @enum {string} */
            kind: "obstacles";
        };
        /** @description One of the next instants of a schedule. */
        Upcoming: {
            /** @description The instant. */
            at: components["schemas"]["Timestamp"];
            /** @description The same in the schedule's zone, with its offset (`2026-03-29T03:00:00+02:00`). */
            local: string;
            /** @description What a change of the clock does to it, in words. */
            note?: string | null;
        };
        /** @description One page of ticks that lie ahead. */
        UpcomingPage: {
            /** @description The first instant of the window. */
            from: components["schemas"]["Timestamp"];
            /** @description The end of the window, which is not in it. */
            to: components["schemas"]["Timestamp"];
            /** @description The ticks, earliest first; of one instant by the name of the job. */
            ticks: components["schemas"]["UpcomingTick"][];
            /** @description `cursor` of the next page; absent on the last. */
            next?: string | null;
        };
        /** @description A tick that lies ahead. */
        UpcomingTick: {
            /** @description Its job. */
            job: components["schemas"]["JobName"];
            /** @description What kind of workload the job runs. */
            kind: components["schemas"]["Kind"];
            /** @description The tick. */
            scheduled_at: components["schemas"]["Timestamp"];
            /** @description The same in the schedule's zone, with its offset. */
            local: string;
            /** @description The zone in which the schedule is read. */
            zone: string;
            due_at?: components["schemas"]["Timestamp"] | null;
            /** @description What a change of the clock does to it, in words. */
            note?: string | null;
            held?: components["schemas"]["Held"] | null;
        };
        /** @description What a run used. Absent where the host cannot tell. */
        Usage: {
            cpu_user?: components["schemas"]["Span"] | null;
            cpu_system?: components["schemas"]["Span"] | null;
            memory_peak?: components["schemas"]["ByteSize"] | null;
            /**
             * Format: int32
             * @description Most processes at one time.
             */
            pids_peak?: number | null;
            /**
             * Format: int64
             * @description Instructions, as wasmtime counts them.
             */
            fuel?: number | null;
            /**
             * Format: int64
             * @description Processes that the `pids` limit refused.
             */
            pids_refused?: number | null;
            throttled?: components["schemas"]["Throttled"] | null;
            network_refused?: components["schemas"]["NetworkRefused"] | null;
        };
        /**
         * @description What is to change of a user; what is not said stays.
         * @example {
         *       "role": "operator"
         *     }
         */
        UserChange: {
            role?: components["schemas"]["Role"] | null;
            /** @description What an editor may not save. */
            withheld?: components["schemas"]["Withheld"][] | null;
            /** @description Another password: ends all their sessions. */
            password?: string | null;
            /** @description True: takes the password away, ends all their sessions, and answers with a one-time login link. */
            reset_password?: boolean;
        };
        /** @description All users. */
        UserList: {
            /** @description Sorted by name. */
            users: components["schemas"]["UserView"][];
        };
        /**
         * @description A user's name: what people log in by and what stands beside all that they change.
         * @example ada@example.org
         */
        UserName: string;
        /** @description A user that was made or changed. */
        UserReply: {
            /** @description The user. */
            user: components["schemas"]["UserView"];
            /** @description What follows `/login#` in a link that opens the account once, within a day; told this once. */
            login_token?: string | null;
        };
        /**
         * @description A user to make.
         * @example {
         *       "name": "ada",
         *       "role": "editor",
         *       "withheld": [
         *         "run_as_user"
         *       ]
         *     }
         */
        UserRequest: {
            /** @description The name to log in by. */
            name: components["schemas"]["UserName"];
            /** @description What they may do. */
            role: components["schemas"]["Role"];
            /** @description What an editor may not save. */
            withheld?: components["schemas"]["Withheld"][];
            /** @description Their first password; without one the answer holds a one-time login link. */
            password?: string | null;
        };
        /** @description A user. */
        UserView: {
            /** @description The name to log in by. */
            name: components["schemas"]["UserName"];
            /** @description What they may do. */
            role: components["schemas"]["Role"];
            /** @description What an editor may not save. */
            withheld?: components["schemas"]["Withheld"][];
            /** @description False: no password opens the account; a one-time link or a token does. */
            has_password: boolean;
            password_at?: components["schemas"]["Timestamp"] | null;
            /** @description When the account was made. */
            created_at: components["schemas"]["Timestamp"];
            /** @description Who made it. */
            created_by: string;
        };
        /**
         * @description By what a request came in.
         * @enum {string}
         */
        Via: "session" | "token" | "proxy";
        /** @description A module and what it is given; nothing that is not named here. */
        Wasm: {
            /**
             * @description The module's identity, as `POST /modules` returned it. A text may name it by a tag (`NAME:TAG`): the save puts
             *     the digest in its place.
             */
            module: components["schemas"]["Digest"];
            /** @description Arguments after the module's own name. */
            args?: string[];
            /** @description Environment variables besides those that every run gets. */
            env?: components["schemas"]["Env"];
            /** @description What the module reads on standard input. */
            stdin?: components["schemas"]["HiddenText"];
            /** @description Directories of the host that the module may open, beneath the roots that the worker's owner allows. */
            dirs?: components["schemas"]["DirGrant"][];
            /**
             * @description What a component may connect to, each `host:port`; a private address only by address or block.
             * @example [
             *       "db.example:5432",
             *       "10.0.0.0/8:443",
             *       "udp://[::1]:53"
             *     ]
             */
            network?: string[];
            /** @description The account that the host of the module runs as. */
            user?: string | null;
        };
        /**
         * Format: binary
         * @description A module's bytes as they are; no JSON.
         */
        WasmBytes: string;
        /**
         * @description How weekdays are numbered in the schedule.
         * @enum {string}
         */
        Weekdays: "unix" | "quartz";
        /**
         * @description What a worker that is cut off from the store does with the run.
         * @enum {string}
         */
        WhenCutOff: "wait" | "kill";
        /**
         * @description What an editor may not save, where somebody withholds it. It means nothing for the other roles.
         * @enum {string}
         */
        Withheld: "shell_jobs" | "run_as_user";
        /** @description A live worker. */
        Worker: {
            /** @description Who it is. */
            identity: components["schemas"]["WorkerIdentity"];
            /** @description How it is. */
            status: components["schemas"]["WorkerStatus"];
            /** @description The revision of its registration. */
            registration: components["schemas"]["Revision"];
            drain?: components["schemas"]["Drain"] | null;
        };
        /** @description Whether a live worker can run a job. */
        WorkerFit: {
            /** @description The worker. */
            worker: components["schemas"]["WorkerId"];
            /** @description True when it would take the job. */
            fits: boolean;
            /** @description Why it would not: labels that it lacks, limits that it cannot hold. */
            reasons: string[];
            /** @description What its owner says of such runs (`jobs run as the worker's own user`). */
            notes: string[];
        };
        /**
         * @description A worker's name, unique in a fleet; the host's name unless it is set.
         * @example db1.example
         */
        WorkerId: string;
        /** @description Who a worker process is; does not change while it lives. */
        WorkerIdentity: {
            /** @description Its id. */
            id: components["schemas"]["WorkerId"];
            /** @description The boot of its machine. */
            boot: components["schemas"]["BootId"];
            /** @description Its host's name. */
            host: string;
            /** @description Its version of Sandglass. */
            version: string;
            /** @description The version of its zone data. */
            zone_data: string;
            /** @description When the process was started. */
            started_at: components["schemas"]["Timestamp"];
        };
        /** @description The live workers. */
        WorkerList: {
            /** @description The workers, sorted by id. */
            workers: components["schemas"]["Worker"][];
        };
        /** @description A run on one of several workers. */
        WorkerRun: {
            /** @description The worker. */
            worker: components["schemas"]["WorkerId"];
            /** @description The run. */
            run: components["schemas"]["RunId"];
        };
        /**
         * @description Whether a worker takes what falls due of a job with placement `all`.
         * @enum {string}
         */
        WorkerStanding: "ready" | "behind" | "draining" | "away" | "ended";
        /** @description Where a job with placement `all` stands on one worker. */
        WorkerState: {
            /** @description The worker. */
            worker: components["schemas"]["WorkerId"];
            /** @description Whether it takes what falls due. */
            standing: components["schemas"]["WorkerStanding"];
            joined?: components["schemas"]["Timestamp"] | null;
            /** @description Every tick up to here has an owner or an end on this worker. */
            resolved: components["schemas"]["Timestamp"];
            /** @description How many runs it has under way. */
            running: number;
            /** @description How many starts it is owed. */
            waiting: number;
        };
        /** @description How a worker is; written on change and every 10 s at most. */
        WorkerStatus: {
            /**
             * Format: int32
             * @description How many runs it holds at one time.
             */
            slots: number;
            /**
             * Format: int32
             * @description How many it holds now.
             */
            busy: number;
            /** @description Its labels. */
            labels?: {
                [key: string]: string;
            };
            /** @description False while its clock is off; it claims nothing then. */
            clock_ok: boolean;
            clock_off?: components["schemas"]["ClockOff"] | null;
            facts_clock?: components["schemas"]["Ahead"] | null;
            clock_event?: components["schemas"]["ClockEvent"] | null;
            /**
             * Format: int32
             * @description How much of the disk that holds its runs is free, in hundredths.
             */
            disk_free_percent?: number | null;
            /** @description What of its runs' output waits for the facts store. */
            output?: components["schemas"]["OutputWaits"];
            /** @description True when it takes no new runs. */
            draining: boolean;
            /** @description What it can hold of shell runs. */
            shell: components["schemas"]["Enforceable"];
            /** @description What it can hold of WASI runs. */
            wasm: components["schemas"]["Enforceable"];
            /** @description When this was written. */
            at: components["schemas"]["Timestamp"];
        };
        /** @description What a run executes. */
        Workload: {
            /** @description A script for an interpreter. */
            shell: components["schemas"]["Shell"];
        } | {
            /** @description A module for the WASI sandbox. */
            wasm: components["schemas"]["Wasm"];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    list_alerts: {
        parameters: {
            query?: {
                /** @description About this job. */
                job?: components["schemas"]["JobName"];
                /** @description About one of these, with commas between them, such as `failed,missed`. */
                condition?: string;
                /** @description By this channel. */
                channel?: string;
                /** @description Of which a delivery is `waiting`, `sent`, `failed`, `muted` or `gone`. */
                state?: string;
                /** @description Made at or after this instant. */
                from?: components["schemas"]["Timestamp"];
                /** @description Made before this instant. */
                to?: components["schemas"]["Timestamp"];
                /** @description How many: 1 to 500, 50 unless said. */
                limit?: number;
                /** @description The `next` of an earlier page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertPage"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_channels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All channels */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelList"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_channels: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `etag` of what the change follows */
                "If-Match"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChannelList"];
            };
        };
        responses: {
            /** @description All channels */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelList"];
                };
            };
            /** @description Somebody else changed the alerts */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The channels have faults, or jobs or rules name one that would be gone */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    test_channel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The channel's name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What came of it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChannelTried"];
                };
            };
            /** @description No such channel */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_mutes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All mutes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MuteList"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_mutes: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `etag` of what the change follows */
                "If-Match"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MuteList"];
            };
        };
        responses: {
            /** @description All mutes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MuteList"];
                };
            };
            /** @description Somebody else changed the alerts */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The mutes have faults */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_rules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All rules */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleList"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_rules: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `etag` of what the change follows */
                "If-Match"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuleList"];
            };
        };
        responses: {
            /** @description All rules */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuleList"];
                };
            };
            /** @description Somebody else changed the alerts */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The rules have faults */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_audit: {
        parameters: {
            query?: {
                /** @description Of this user. */
                user?: string;
                /** @description Whose path begins so, such as `/api/v1/jobs/nightly`. */
                target?: string;
                /** @description `true`: denied attempts alone; `false`: changes alone. */
                denied?: boolean;
                /** @description Written at or after this instant. */
                from?: components["schemas"]["Timestamp"];
                /** @description Written before this instant. */
                to?: components["schemas"]["Timestamp"];
                /** @description How many lines: 1 to 500, 50 unless said. */
                limit?: number;
                /** @description The `next` of an earlier page. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    follow_events: {
        parameters: {
            query?: never;
            header?: {
                /** @description The id of the last event that was seen */
                "Last-Event-ID"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["FleetEvent"];
                };
            };
            /** @description `Last-Event-ID` is of no event */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_forecast: {
        parameters: {
            query?: {
                /** @description Hours from the present minute on. */
                hours?: number;
            };
            header?: {
                /** @description In which language it is told: `en` or `zh` */
                "Accept-Language"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Starts minute by minute; at most a minute old */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ForecastReply"];
                };
            };
            /** @description `hours` is out of range */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description More starts than can be counted: ask for fewer hours */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_jobs: {
        parameters: {
            query?: {
                /** @description Most jobs on the page. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
                /** @description Part of the name or of the description, in any case. */
                q?: string;
                /**
                 * @description Labels that the job must have, as `key:value`; several by commas or by repeating the parameter.
                 * @example team:data
                 */
                label?: string;
                /** @description Kind of workload. */
                kind?: "shell" | "wasm";
                /** @description Jobs that are enabled, or not. */
                enabled?: boolean;
                /** @description Jobs that are paused, or not. */
                paused?: boolean;
                /**
                 * @description Jobs with these names, exactly; several by commas. One that is not there is left out.
                 * @example nightly-report,backup
                 */
                names?: string;
                /**
                 * @description What to add to each job: `recent` (its last runs), `next` (its next ticks); several by commas.
                 * @example recent,next
                 */
                include?: string;
                /** @description In which language schedules are told; without it the one that `Accept-Language` likes best. */
                language?: "en" | "zh";
            };
            header?: {
                /** @description In which language the schedule is told: `en` or `zh` */
                "Accept-Language"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of jobs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobPage"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_job: {
        parameters: {
            query?: never;
            header?: {
                /** @description Why, in your words; kept with the job */
                "X-Reason"?: string | null;
                /** @description In which language the schedule is told: `en` or `zh` */
                "Accept-Language"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The job */
        requestBody: {
            content: {
                "application/json": components["schemas"]["Job"];
                "application/yaml": components["schemas"]["Job"];
            };
        };
        responses: {
            /** @description Saved */
            201: {
                headers: {
                    /** @description Names this text */
                    ETag?: string;
                    /** @description The job */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description The body does not read; line and column are in the detail */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The name is taken */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The job has faults; all of them are in `errors` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    act_on_jobs: {
        parameters: {
            query?: never;
            header?: {
                /** @description For `run`: the same key again asks for nothing new */
                "Idempotency-Key"?: string | null;
                /** @description For `enable` and `disable`: why, in your words; kept with each job */
                "X-Reason"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobActionRequest"];
            };
        };
        responses: {
            /** @description What it would touch, or what came of it for each */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActionReply"];
                };
            };
            /** @description The action takes the role `editor` */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It would touch others than the dry run said: nothing was done */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The action has faults, or touches too many */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No dry run was made before */
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    check_job: {
        parameters: {
            query?: never;
            header?: {
                /** @description In which language the schedule is told: `en` or `zh` */
                "Accept-Language"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The job */
        requestBody: {
            content: {
                "application/json": components["schemas"]["Job"];
                "application/yaml": components["schemas"]["Job"];
            };
        };
        responses: {
            /** @description Its faults, or its schedule in words and who could run it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckReply"];
                };
            };
            /** @description The body does not read; line and column are in the detail */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_job: {
        parameters: {
            query?: never;
            header?: {
                /** @description In which language the schedule is told: `en` or `zh` */
                "Accept-Language"?: string | null;
            };
            path: {
                /** @description The job's name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job */
            200: {
                headers: {
                    /** @description Names this text */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description `If-None-Match` names this text */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No such job */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    save_job: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `etag` of the text that this one follows */
                "If-Match"?: string | null;
                /** @description `*`: only if there is no such job */
                "If-None-Match"?: string | null;
                /** @description Why, in your words; kept with the job */
                "X-Reason"?: string | null;
                /** @description In which language the schedule is told: `en` or `zh` */
                "Accept-Language"?: string | null;
            };
            path: {
                /** @description The job's name */
                name: string;
            };
            cookie?: never;
        };
        /** @description The job */
        requestBody: {
            content: {
                "application/json": components["schemas"]["Job"];
                "application/yaml": components["schemas"]["Job"];
            };
        };
        responses: {
            /** @description Saved as the next text */
            200: {
                headers: {
                    /** @description Names this text */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Saved as a new job */
            201: {
                headers: {
                    /** @description Names this text */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description The body does not read; line and column are in the detail */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Somebody else saved it meanwhile: see `current` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The job has faults; all of them are in `errors` */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The job exists and the request has no `If-Match` */
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_job: {
        parameters: {
            query?: {
                /** @description Kills its runs too; without it they go on to their end. */
                kill?: boolean;
            };
            header?: {
                /** @description Only this text */
                "If-Match"?: string | null;
            };
            path: {
                /** @description The job's name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KillReply"];
                };
            };
            /** @description No such job */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Somebody else saved it meanwhile: see `current` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    kill_job: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What was found; workers stop it within seconds */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KillReply"];
                };
            };
            /** @description No such job */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    pause_job: {
        parameters: {
            query?: never;
            header?: {
                /** @description In which language the schedule is told: `en` or `zh` */
                "Accept-Language"?: string | null;
            };
            path: {
                /** @description The job's name */
                name: string;
            };
            cookie?: never;
        };
        /** @description Why, and until when; may be empty */
        requestBody?: {
            content: {
                "application/json": components["schemas"]["PauseRequest"] | null;
            };
        };
        responses: {
            /** @description Paused */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description No such job */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description `until` has passed */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    resume_job: {
        parameters: {
            query?: never;
            header?: {
                /** @description In which language the schedule is told: `en` or `zh` */
                "Accept-Language"?: string | null;
            };
            path: {
                /** @description The job's name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Not paused any more */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description No such job */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_revisions: {
        parameters: {
            query?: {
                /** @description Most revisions on the page. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The job's name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of revisions */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RevisionPage"];
                };
            };
            /** @description No such job, now or before */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_revision: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's name */
                name: string;
                /** @description Names it */
                revision: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The revision */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RevisionText"];
                };
            };
            /** @description No such revision */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    diff_revisions: {
        parameters: {
            query?: {
                /** @description The earlier revision; without it the text before. */
                from?: components["schemas"]["Revision"];
            };
            header?: never;
            path: {
                /** @description The job's name */
                name: string;
                /** @description The later one */
                revision: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What differs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RevisionDiff"];
                };
            };
            /** @description No such revision */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description One of them is a deletion and has no text */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restore_revision: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `etag` of the text that stands; not for a deleted job */
                "If-Match"?: string | null;
                /** @description Why, in your words; kept with the job */
                "X-Reason"?: string | null;
                /** @description In which language the schedule is told: `en` or `zh` */
                "Accept-Language"?: string | null;
            };
            path: {
                /** @description The job's name */
                name: string;
                /** @description Which text */
                revision: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Saved as the next text */
            200: {
                headers: {
                    /** @description Names this text */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description Saved as a new job */
            201: {
                headers: {
                    /** @description Names this text */
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobView"];
                };
            };
            /** @description No such revision */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The revision is a deletion and has no text */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Somebody else saved it meanwhile: see `current` */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The text has faults by now, such as a module that is gone */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The job exists and the request has no `If-Match` */
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    run_job: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again asks for nothing new */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @description The job's name */
                name: string;
            };
            cookie?: never;
        };
        /** @description What is different for this one run; may be empty */
        requestBody?: {
            content: {
                "application/json": components["schemas"]["Overrides"] | null;
            };
        };
        responses: {
            /** @description Asked for */
            202: {
                headers: {
                    /** @description The run */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunAccepted"];
                };
            };
            /** @description No such job */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It runs on every matching worker, and there is none */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It does not apply to this job */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description As many requests wait as may wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_ticks: {
        parameters: {
            query?: {
                /** @description Ticks at or after this instant; without it a day before `to`. */
                from?: components["schemas"]["Timestamp"];
                /** @description Ticks before this instant; without it now. */
                to?: components["schemas"]["Timestamp"];
                /** @description Most ticks on the page. */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The job's name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of ticks */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TickPage"];
                };
            };
            /** @description No such job */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_modules: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All modules */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModuleList"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    upload_module: {
        parameters: {
            query?: {
                /** @description Name for people; without it the file's own name, or `module.wasm`. */
                name?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The module */
        requestBody: {
            content: {
                "application/wasm": components["schemas"]["WasmBytes"];
                "multipart/form-data": components["schemas"]["ModuleUpload"];
            };
        };
        responses: {
            /** @description Known before; nothing changed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModuleView"];
                };
            };
            /** @description Kept */
            201: {
                headers: {
                    /** @description The module */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModuleView"];
                };
            };
            /** @description Larger than the server takes */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Neither `application/wasm` nor a form */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not a module that could run here; `code` and detail say why */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_tag: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tag, `NAME:TAG` */
                tag: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The tag */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TagView"];
                };
            };
            /** @description No such tag */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_tag: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tag, `NAME:TAG` */
                tag: string;
            };
            cookie?: never;
        };
        /** @description Where it is to point */
        requestBody: {
            content: {
                "application/json": components["schemas"]["TagRequest"];
            };
        };
        responses: {
            /** @description Moved; `before` is where it pointed until now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TagView"];
                };
            };
            /** @description Set */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TagView"];
                };
            };
            /** @description No such module */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There are as many tags as may be */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_tag: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The tag, `NAME:TAG` */
                tag: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No such tag */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_module: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The module's digest, `sha256:…` */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The module */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModuleView"];
                };
            };
            /** @description No such module */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_module: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The module's digest, `sha256:…` */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No such module */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Jobs use it: the detail names them */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_module_content: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The module's digest, `sha256:…` */
                digest: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/wasm": components["schemas"]["WasmBytes"];
                };
            };
            /** @description No such module */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_runs: {
        parameters: {
            query?: {
                /** @description Runs of this job. */
                job?: components["schemas"]["JobName"];
                /**
                 * @description Runs of these statuses; several by commas or by repeating the parameter.
                 * @example failed,timed_out
                 */
                status?: string;
                /** @description Runs on this worker. */
                worker?: components["schemas"]["WorkerId"];
                /**
                 * @description Runs for these reasons (`schedule`, `manual`, `catch_up`); several by commas.
                 * @example schedule
                 */
                trigger?: string;
                /** @description Runs scheduled at or after this instant. */
                from?: components["schemas"]["Timestamp"];
                /** @description Runs scheduled before this instant. */
                to?: components["schemas"]["Timestamp"];
                /**
                 * @description Ended runs that took at least so long, from the start of the process to its end.
                 * @example 10m
                 */
                duration_min?: string;
                /**
                 * @description Ended runs that took at most so long.
                 * @example 1h
                 */
                duration_max?: string;
                /**
                 * @description Most runs on the page: 1 to 500, 50 unless said. As CSV most runs at all: 1 to 1000000, which is what it is unless
                 *     said.
                 */
                limit?: number;
                /** @description `next` of the page before. */
                cursor?: string;
                /** @description `csv`: all that match as lines of text, newest first; so does `Accept: text/csv`. */
                format?: "json" | "csv";
            };
            header?: {
                /** @description `text/csv`: as `format=csv` */
                Accept?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of runs, or all that match as CSV */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunPage"];
                    "text/csv": string;
                };
            };
            /** @description The query does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    act_on_runs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RunActionRequest"];
            };
        };
        responses: {
            /** @description What it would touch, or what came of it for each */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActionReply"];
                };
            };
            /** @description It would touch others than the dry run said: nothing was done */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The action has faults, or touches too many */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No dry run was made before */
            428: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_run: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The run */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The run */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunRecord"];
                };
            };
            /** @description No such run */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    kill_run: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The run */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Its worker stops it within seconds */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KillReply"];
                };
            };
            /** @description No such run */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It has ended */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_output: {
        parameters: {
            query?: {
                /** @description The first chunk's number. */
                from?: number;
                /** @description Most chunks on the page; does not apply to `format=text`, which is whole. */
                limit?: number;
                /**
                 * @description `text` for the bytes as they came, both streams in order, with a line of words where some are not kept;
                 *     without it `Accept` decides.
                 */
                format?: "json" | "text";
            };
            header?: never;
            path: {
                /** @description The run */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A part as chunks, or the bytes with `format=text` or `Accept: text/plain` */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OutputPage"];
                    "text/plain": string;
                };
            };
            /** @description No such run */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    check_output: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The run */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Whether it is whole, or what is missing */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OutputCheck"];
                };
            };
            /** @description No such run */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    find_line: {
        parameters: {
            query?: {
                /** @description The number of a line, from 1. */
                line?: number;
                /** @description The number of a chunk; goes without `line`. */
                chunk?: number;
            };
            header?: never;
            path: {
                /** @description The run */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Where it stands */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LinePosition"];
                };
            };
            /** @description No such run */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    search_output: {
        parameters: {
            query: {
                /** @description What stands in them, 1 to 1,000 bytes. */
                pattern: string;
                /** @description True when the pattern is a regular expression (without look-around and back-references: its time is bounded). */
                regex?: boolean;
                /** @description True when capitals count. */
                case?: boolean;
                /** @description Of this stream alone. */
                stream?: "stdout" | "stderr";
                /** @description `next` of the page before. */
                cursor?: string;
                /** @description Most lines on the page. */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description The run */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The lines that match, in their order */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SearchPage"];
                };
            };
            /** @description A pattern or a cursor that does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description No such run */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    tail_output: {
        parameters: {
            query?: {
                /** @description The first chunk's number; `Last-Event-ID` goes before it. */
                from?: number;
            };
            header?: {
                /** @description Where to go on */
                "Last-Event-ID"?: string | null;
            };
            path: {
                /** @description The run */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Events `chunk` and `end` */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["ChunkView"] | components["schemas"]["OutputEnd"];
                };
            };
            /** @description No such run */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    rerun_run: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key again asks for nothing new */
                "Idempotency-Key"?: string | null;
            };
            path: {
                /** @description The run */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Asked for */
            202: {
                headers: {
                    /** @description The new run */
                    Location?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RunAccepted"];
                };
            };
            /** @description No such run */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It has not ended, its job is gone, or its worker is */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description As many requests wait as may wait */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    preview_schedule: {
        parameters: {
            query?: never;
            header?: {
                /** @description In which language the schedule is told: `en` or `zh` */
                "Accept-Language"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PreviewRequest"];
            };
        };
        responses: {
            /** @description In words, with the next instants */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleView"];
                };
            };
            /** @description It does not read: `errors` has the place */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who is asking */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionView"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    begin_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SessionRequest"];
            };
        };
        responses: {
            /** @description In; the cookie is set */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionView"];
                };
            };
            /** @description Wrong, used or expired */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Asked for by another site's page */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many failed logins: the detail says when to come back */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many log in at once */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    end_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Out */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordRequest"];
            };
        };
        responses: {
            /** @description Set; the cookie is that of a new session */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionView"];
                };
            };
            /** @description `current` is not the password that stands */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The new one is not taken */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many tries: the detail says when to come back */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_settings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What stands */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingsView"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    put_settings: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `etag` of what the change follows */
                "If-Match"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Settings"];
            };
        };
        responses: {
            /** @description What stands */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingsView"];
                };
            };
            /** @description Somebody else changed the settings */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The settings have faults */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_stats: {
        parameters: {
            query?: {
                /** @description From the hour that holds this instant; without it a day before `to`. */
                from?: components["schemas"]["Timestamp"];
                /** @description To the end of the hour that holds this instant, at most 31 days later; without it until now. */
                to?: components["schemas"]["Timestamp"];
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The hours of the window */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatsReply"];
                };
            };
            /** @description The window does not read, or is too long */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_tokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Tokens, without their secrets */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenList"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_token: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenRequest"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenReply"];
                };
            };
            /** @description There are as many tokens as may be, or the account is not made yet */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token has faults */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The token's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenChange"];
            };
        };
        responses: {
            /** @description Changed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokenView"];
                };
            };
            /** @description No such token of yours */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The token has ended */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The change has faults */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The token's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Revoked */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No such token of yours */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    export_jobs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExportJobsRequest"];
            };
        };
        responses: {
            /** @description The jobs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExportJobsReply"];
                };
            };
            /** @description A job changed meanwhile */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many at one time, or one that does not read */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    import_jobs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImportJobsRequest"];
            };
        };
        responses: {
            /** @description What came of each, or would */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportReply"];
                };
            };
            /** @description Too many at one time */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    export_settings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExportSettingsRequest"];
            };
        };
        responses: {
            /** @description They, and what stays behind */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExportSettingsReply"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    import_settings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImportSettingsRequest"];
            };
        };
        responses: {
            /** @description What came of each, or would */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportReply"];
                };
            };
            /** @description Somebody else changed the same meanwhile, or the last admin would be gone */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Together they have faults */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_upcoming: {
        parameters: {
            query?: {
                /**
                 * @description Ticks at or after this instant; without it now. At most a day ago: what became of earlier ones is told at
                 *     `/jobs/{name}/ticks`.
                 */
                from?: components["schemas"]["Timestamp"];
                /** @description Ticks before this instant, at most 31 days after `from`; without it a day after `from`. */
                to?: components["schemas"]["Timestamp"];
                /** @description Ticks of this job alone. */
                job?: components["schemas"]["JobName"];
                /**
                 * @description What else to list: `paused` (ticks that a pause would end), `disabled` (those of jobs that are not enabled);
                 *     several by commas.
                 * @example paused
                 */
                include?: string;
                /** @description Most ticks on the page. */
                limit?: number;
                /** @description `next` of the page before; its window stays that of the first page. */
                cursor?: string;
            };
            header?: {
                /** @description In which language it is told: `en` or `zh` */
                "Accept-Language"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page of ticks that lie ahead */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UpcomingPage"];
                };
            };
            /** @description The window or the cursor does not read */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_users: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All users */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserList"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_user: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserRequest"];
            };
        };
        responses: {
            /** @description Made */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserReply"];
                };
            };
            /** @description The name is taken, or there are as many users as may be */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The password is not taken */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The user's name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserView"];
                };
            };
            /** @description No such user */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The user's name */
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserChange"];
            };
        };
        responses: {
            /** @description Changed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserReply"];
                };
            };
            /** @description No such user */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The last admin stays one, or somebody else changed the user meanwhile */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The change has faults */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The user's name */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description No such user */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The last admin stays */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_workers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The live workers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WorkerList"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    drain_worker: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The worker's id */
                id: string;
            };
            cookie?: never;
        };
        /** @description Why; may be empty */
        requestBody?: {
            content: {
                "application/json": components["schemas"]["DrainRequest"] | null;
            };
        };
        responses: {
            /** @description Asked for; the worker takes nothing new within seconds */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DrainReply"];
                };
            };
            /** @description No such worker lives; the detail names those that do */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The reason is too long */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    undrain_worker: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The worker's id */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It takes runs again within seconds */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DrainReply"];
                };
            };
            /** @description No such worker lives or drains */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    healthz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The figures, in the text format of Prometheus */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Asked from elsewhere without a token */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description This process keeps no figures */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readyz: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every store answers */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description One does not */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            /** @description Not answered as asked */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}

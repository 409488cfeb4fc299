//! `job upcoming` and `job forecast`: what lies ahead, as the server's jobs stand.

use anyhow::Result;
use master::api::{ForecastReply, UpcomingPage};
use model::id::JobName;
use model::time::Timestamp;
use reqwest::Method;

use crate::arguments::ClientOptions;
use crate::client::Client;
use crate::exit::Exit;
use crate::show;

pub(super) async fn list(
    server: &Client,
    job: Option<JobName>,
    to: Option<Timestamp>,
    count: u32,
    client: &ClientOptions,
) -> Result<Exit> {
    let mut request = server.request(Method::GET, "/upcoming").query(&[("limit", count.to_string())]);
    for (name, value) in [("job", job.map(|job| job.to_string())), ("to", to.map(|to| to.to_string()))] {
        request = request.query(&value.map(|value| (name, value)).as_slice());
    }
    let page: UpcomingPage = server.read(request).await?;
    show::value(client.chosen(), &page, |page| {
        let mut table = show::table(&["AT", "JOB", "KIND", "LOCAL", "NOTE"]);
        for tick in &page.ticks {
            let note = tick.note.clone().unwrap_or_default();
            let local = format!("{} {}", tick.local, tick.zone);
            table.add_row([
                tick.scheduled_at.to_string(),
                tick.job.to_string(),
                tick.kind.to_string(),
                local,
                note,
            ]);
        }
        table
    })?;
    Ok(Exit::Done)
}

pub(super) async fn forecast(server: &Client, hours: u32, client: &ClientOptions) -> Result<Exit> {
    let request = server.request(Method::GET, "/forecast").query(&[("hours", hours)]);
    let forecast: ForecastReply = server.read(request).await?;
    show::value(client.chosen(), &forecast, |forecast| {
        let worst = forecast.starts.iter().max().copied().unwrap_or(0);
        let mut rows = vec![
            ("jobs", forecast.jobs.to_string()),
            ("starts", forecast.total.to_string()),
            ("mean of a minute", format!("{:.1}", forecast.mean)),
            ("worst minute", worst.to_string()),
        ];
        for pile in &forecast.piles {
            rows.push(("pile", pile.message.clone()));
            for piled in &pile.schedules {
                let spread =
                    piled.spread.as_ref().map_or_else(String::new, |spread| format!(" → `{spread}`"));
                rows.push(("", format!("{} × `{}` ({}){spread}", piled.jobs, piled.schedule, piled.zone)));
            }
        }
        show::facts(rows)
    })?;
    Ok(Exit::Done)
}

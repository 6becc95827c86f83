//! `tocsin replay`: stored captures through today's readers and rules.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

mod captures;
mod life;
mod then;

use captures::{Page, Source};
use life::{Life, Line};

#[derive(clap::Args, Debug)]
pub struct Args {
    /// Databases (a file, or postgres://…), or directories of captures named by UTC time: 2025-11-21T004500Z.json.
    #[arg(required = true, value_name = "DIR_OR_DB")]
    sources: Vec<String>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// What came of a page: events, and sentences for whoever runs this.
type Told = (Vec<Line>, Vec<String>);

pub fn run(args: &Args) -> u8 {
    let (lines, said) = match super::block_on(replay(&args.sources)) {
        Ok(Ok(told)) => told,
        Ok(Err(sentence)) => return super::fail(super::USAGE, &sentence),
        Err(code) => return code,
    };
    for line in &lines {
        print(line, args.json);
    }
    for sentence in said {
        eprintln!("tocsin: {sentence}");
    }
    super::OK
}

async fn replay(names: &[String]) -> Result<Told, String> {
    let mut sources = Vec::with_capacity(names.len());
    for name in names {
        sources.push(Source::open(name).await?);
    }
    let bar = progress(sources.iter().map(|source| source.count).sum());
    let (mut lines, mut said) = (Vec::new(), Vec::new());
    for source in sources {
        for page in &source.pages {
            let (follows, sentences) = lived(&source, page, &bar).await?;
            lines.extend(follows);
            said.extend(sentences);
        }
        source.close().await;
    }
    bar.finish_and_clear();
    lines.sort_by_key(|line: &Line| line.at);
    Ok((lines, said))
}

/// What follows from the captures of a page, and how that differs from what followed then.
async fn lived(source: &Source, page: &Page, bar: &ProgressBar) -> Result<Told, String> {
    let then = source.then(page).await?;
    let mut life = Life::new(page, then.as_ref());
    let (mut began, mut gone) = (None, 0_usize);
    for capture in source.captures(page).await? {
        match source.payloads(&capture).await? {
            Some(payloads) => {
                began = began.or(Some(capture.at()));
                life.look(payloads, capture.at());
            }
            None => {
                gone += 1;
                life.look_away(capture.at());
            }
        }
        bar.inc(1);
    }
    let (lines, judged) = life.end();
    let gone = (gone > 0).then(|| left_out(&page.provider, gone));
    let against = then.zip(began).map(|(then, began)| then.against(&page.provider, &judged, began));
    Ok((lines, gone.into_iter().chain(against.unwrap_or_default()).collect()))
}

fn left_out(provider: &str, captures: usize) -> String {
    let captures = if captures == 1 { "1 capture is".to_owned() } else { format!("{captures} captures are") };
    format!("{provider}: {captures} left out: not all that was read then is kept")
}

fn progress(captures: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(captures), ProgressDrawTarget::stderr_with_hz(5));
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} captures") {
        bar.set_style(style);
    }
    bar
}

fn print(line: &Line, json: bool) {
    if json {
        super::print_line(&serde_json::to_string(line).unwrap_or_default());
        return;
    }
    let told = if line.told { "told  " } else { "silent" };
    super::print_line(&format!("{}  {told}  {:24} {}: {}", line.at, line.kind, line.provider, line.title));
    super::print_line(&format!("{:32}{}", "", line.reason));
}

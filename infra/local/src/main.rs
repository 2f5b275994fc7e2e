//! `cargo run -p local`: starts the stack and stops it on Ctrl-C; hidden, `local function <name>` is one function.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use local::console::Level;
use local::stack::{CLOCK_FILE, Options, Stack};
use local::{clock, functions, tour};
use tokio::signal::unix::{SignalKind, signal};

/// The whole system on this machine.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// The gateway's port; 0 takes any free one
    #[arg(long, default_value_t = 9000)]
    port: u16,
    /// The port of the customers' links; 0 takes any free one
    #[arg(long, default_value_t = 9001)]
    link_port: u16,
    /// A directory to keep everything in from one start to the next; without it the stack forgets
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Start a fresh stack's clock now; by default it starts on the coming Saturday, so that a week's fast-forward holds
    /// five business days whatever today is
    #[arg(long)]
    now: bool,
    /// How much is logged: from error, warn, info or debug on
    #[arg(long, default_value_t = Level::INFO)]
    log_level: Level,
    /// Another value for a parameter of infra/template.yaml, such as CustomerWindow=PT20S
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
    set: Vec<(String, String)>,
    /// Most processes of one function
    #[arg(long, default_value_t = 2)]
    concurrency: usize,
}

#[derive(Subcommand)]
enum Command {
    /// Serve one function; for the stack's own use.
    #[command(hide = true)]
    Function { name: String },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.command {
        Some(Command::Function { name }) => function(name),
        None => stack(arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A sentence: what cannot work as it was asked for is no bug, and needs no backtrace.
            let _ = writeln!(std::io::stderr(), "{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn stack(arguments: Arguments) -> Result<()> {
    let options = Options {
        port: arguments.port,
        link_port: arguments.link_port,
        data: arguments.data,
        start: if arguments.now { clock::now } else { clock::saturday },
        level: arguments.log_level,
        concurrency: arguments.concurrency,
        parameters: BTreeMap::from_iter(arguments.set),
        program: std::env::current_exe().context("cannot find this program's own file")?,
    };
    // The database answers on the runtime's threads, and must not be able to hold up all of them.
    let threads = std::thread::available_parallelism().map_or(4, usize::from).max(4);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build();
    runtime.context("cannot start")?.block_on(async {
        // Before anybody is told that it is ready, and may end it.
        let listen = |kind| signal(kind).context("cannot listen for signals");
        let (mut interrupt, mut terminate) =
            (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
        let stack = Stack::start(&options).await?;
        let text = tour::text(&stack.gateway, &stack.links, stack.clock.now())?;
        // Whoever reads this may be a script that has stopped reading: no reason to stop.
        let _ = writeln!(std::io::stdout(), "{text}\nready").and_then(|()| std::io::stdout().flush());
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        stack.stop().await;
        Ok(())
    })
}

fn function(name: &str) -> Result<()> {
    let file = std::env::var_os(CLOCK_FILE).context("`local function` is for the stack's own use")?;
    ::runtime::start_logs();
    // The stack holds the other end. When it closes, the stack is gone, however that came about.
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    runtime.block_on(functions::serve(name, clock::of_function(file.into())))
}

fn parameter(text: &str) -> std::result::Result<(String, String), String> {
    let pair = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((pair.0.to_owned(), pair.1.to_owned()))
}

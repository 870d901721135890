//! The counter's window: a Tauri shell around `station`. It holds windows, capabilities and
//! commands of one line; no rules, no SQL, no threads of its own.

#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod arguments;
mod commands;
mod enrolment;
mod events;
mod page_scheme;

use arguments::Arguments;
use station::Station;
use tauri::{Manager, RunEvent};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// A page of facts is many small pieces of JSON.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    traces::leave_none(concat!("yizhan ", env!("CARGO_PKG_VERSION")));
    let shown = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_filter(tracing_subscriber::EnvFilter::from_default_env());
    tracing_subscriber::registry()
        .with(shown)
        .with(station::recent::Recent)
        .init();
    let arguments = Arguments::from_env();
    calm_the_renderer();
    let run = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _, _| {
            events::raise(app)
        }))
        .register_asynchronous_uri_scheme_protocol("page", page_scheme::answer)
        .invoke_handler(commands::all())
        .setup(move |app| {
            let catalog = match arguments.catalog.clone() {
                Some(folder) => folder,
                None => app.path().resource_dir()?.join("catalog"),
            };
            let data = match arguments.data.clone() {
                Some(folder) => folder,
                None => app.path().app_local_data_dir()?,
            };
            let options = station::Options {
                data: data.clone(),
                catalog,
                demo: arguments.demo.clone(),
                readers: true,
            };
            let station = Station::open(options, events::to_windows(app.handle()))?;
            station::recent::keep_in(&data);
            if let Some(file) = &arguments.enrol {
                enrolment::enrol_from(file, &station).map_err(std::io::Error::other)?;
            }
            open_counter(app, &station)?;
            app.manage(station);
            Ok(())
        })
        .build(tauri::generate_context!());
    match run {
        Ok(app) => app.run(|app, event| {
            if let RunEvent::Exit = event
                && let Some(station) = app.try_state::<Station>()
            {
                station.leave();
            }
        }),
        Err(error) => {
            eprintln!("yizhan: {error}");
            std::process::exit(1);
        }
    }
}

/// WebKit's DMA-BUF renderer shows white windows on some graphics cards of old counters.
fn calm_the_renderer() {
    if cfg!(target_os = "linux") && std::env::var_os("WEBKIT_DISABLE_DMABUF_RENDERER").is_none() {
        // SAFETY: no other thread has been started yet.
        unsafe { std::env::set_var("WEBKIT_DISABLE_DMABUF_RENDERER", "1") };
    }
}

/// What the window's engine keeps (storage, caches) lies in the private folder and goes with it; the
/// language, the one thing worth keeping, is the station's.
fn open_counter(app: &tauri::App, station: &Station) -> Result<(), Box<dyn std::error::Error>> {
    let page = tauri::WebviewUrl::App("index.html".into());
    tauri::WebviewWindowBuilder::new(app, "counter", page)
        .title("驿站")
        .inner_size(1366.0, 768.0)
        .min_inner_size(1024.0, 640.0)
        .maximized(true)
        // Files are dropped into the page: Tauri would keep the drop to itself.
        .disable_drag_drop_handler()
        .data_directory(station.private_folder("window")?)
        .initialization_script(language(station))
        .build()?;
    Ok(())
}

/// Told to the page before it draws anything.
fn language(station: &Station) -> String {
    let language = serde_json::json!(station.language());
    format!("window.yizhanLanguage = {language};")
}

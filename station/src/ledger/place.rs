//! Folders that a file can be exported to: sticks first, then the user's own.

use std::path::{Path, PathBuf};

use crate::view::ExportPlace;

/// What there is now.
pub(super) fn list() -> Vec<ExportPlace> {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let mut places: Vec<ExportPlace> = sticks(&mounts)
        .into_iter()
        .filter(|path| path.is_dir())
        .map(|path| ExportPlace {
            path: path.display().to_string(),
            removable: true,
        })
        .collect();
    places.extend(own().map(|path| ExportPlace {
        path: path.display().to_string(),
        removable: false,
    }));
    places
}

/// Where desktops mount what is plugged in (udisks: `/run/media/USER`, `/media/USER`).
fn sticks(mounts: &str) -> Vec<PathBuf> {
    let points = mounts.lines().filter_map(|line| line.split(' ').nth(1));
    let points = points.map(|point| PathBuf::from(unescaped(point)));
    let mut found: Vec<PathBuf> = points
        .filter(|point| point.starts_with("/media") || point.starts_with("/run/media"))
        .collect();
    found.sort();
    found.dedup();
    found
}

/// proc(5): blanks and backslashes are written in octal.
fn unescaped(text: &str) -> String {
    text.replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\134", "\\")
}

/// The user's folder for documents; their home where there is none.
fn own() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"))?;
    let home = PathBuf::from(home);
    let named = std::fs::read_to_string(home.join(".config/user-dirs.dirs")).unwrap_or_default();
    let documents = documents(&named, &home);
    let usual = ["文档", "Documents"].map(|name| home.join(name));
    let all = documents.into_iter().chain(usual).chain([home]);
    all.into_iter().find(|path| path.is_dir())
}

/// xdg-user-dirs: `XDG_DOCUMENTS_DIR="$HOME/文档"`.
fn documents(text: &str, home: &Path) -> Option<PathBuf> {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("XDG_DOCUMENTS_DIR="))?;
    let path = line.trim().trim_matches('"');
    Some(match path.strip_prefix("$HOME/") {
        Some(inside) => home.join(inside),
        None => PathBuf::from(path),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_plugged_in_is_found_and_the_system_is_not() {
        let mounts = "/dev/sda2 / ext4 rw 0 0\n\
            /dev/sdb1 /media/zhang/U\\040盘 vfat rw 0 0\n\
            tmpfs /run/user/1000 tmpfs rw 0 0\n\
            /dev/sdc1 /run/media/zhang/KINGSTON vfat rw 0 0\n";
        let expected = ["/media/zhang/U 盘", "/run/media/zhang/KINGSTON"];
        assert_eq!(sticks(mounts), expected.map(PathBuf::from));
    }

    #[test]
    fn the_folder_for_documents_is_the_one_the_desktop_names() {
        let home = Path::new("/home/zhang");
        let text = "# comment\nXDG_DESKTOP_DIR=\"$HOME/桌面\"\nXDG_DOCUMENTS_DIR=\"$HOME/文档\"\n";
        assert_eq!(documents(text, home), Some(home.join("文档")));
        assert_eq!(documents("", home), None);
    }
}

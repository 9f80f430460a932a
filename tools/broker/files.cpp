#include "tools/broker/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "runtime/base/id.h"
#include "tools/broker/beneath.h"

namespace yoke {
namespace {

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

// "notes/a.txt" as the folder "notes" and the name "a.txt".
struct Split {
  std::string folder;
  std::string name;
};
Split split_path(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

std::string kind_of(mode_t mode) {
  if (S_ISREG(mode)) return "file";
  return S_ISDIR(mode) ? "folder" : "other";
}

// Reads from `offset` until `length` bytes or the end.
Result<std::string> read_bytes(const Handle& file, const std::string& path, std::int64_t offset,
                               std::int64_t length) {
  std::string bytes(static_cast<std::size_t>(length), '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got = ::pread(file.get(), bytes.data() + have, bytes.size() - have,
                                offset + static_cast<std::int64_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error(errno, path, "read");
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

Result<void> write_bytes(const Handle& file, const std::string& path, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(file.get(), text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return file_error(errno, path, "write");
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  if (::fsync(file.get()) != 0) return file_error(errno, path, "write");
  return {};
}

Error has_other_names(const std::string& path) {
  return Error{Errc::denied,
               "cannot write '" + path + "': the file has another name elsewhere (a hard link)"};
}

// Removes the temporary file unless it took the place of the real one.
class Temporary {
 public:
  Temporary(const Handle& folder, std::string name) : folder_(folder), name_(std::move(name)) {}
  ~Temporary() {
    if (!kept_) ::unlinkat(folder_.get(), name_.c_str(), 0);
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  bool rename_to(const std::string& name) {
    kept_ = ::renameat(folder_.get(), name_.c_str(), folder_.get(), name.c_str()) == 0;
    return kept_;
  }
  const std::string& name() const { return name_; }

 private:
  const Handle& folder_;
  const std::string name_;
  bool kept_ = false;
};

}  // namespace

Result<std::shared_ptr<const ProjectFolder>> ProjectFolder::open(const std::string& path,
                                                                 HostPaths host) {
  const int number = ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (number < 0) return file_error(errno, path, "open");
  return std::shared_ptr<const ProjectFolder>(
      std::make_shared<const ProjectFolder>(Handle(number), std::move(host)));
}

Result<void> ProjectFolder::require_own(const struct stat& facts, const std::string& path) const {
  if (!host_.hides(facts)) return {};
  return Error{Errc::denied, "'" + path + "' belongs to the host: no script may touch it"};
}

Result<OpenFile> ProjectFolder::open_to_read(const std::string& path) const {
  Result<Handle> handle = open_beneath(handle_.get(), path, O_RDONLY);
  if (!handle) return handle.error();
  if (Result<void> regular = require_regular(*handle, path); !regular) return regular.error();
  struct stat facts {};
  if (::fstat(handle->get(), &facts) != 0) return file_error(errno, path, "look at");
  if (Result<void> own = require_own(facts, path); !own) return own.error();
  return OpenFile{std::move(*handle), facts.st_size};
}

// What stands at `name` now may be replaced: nothing, or an ordinary file with this one name.
// Returns the permission bits the new file should have.
Result<unsigned> ProjectFolder::replaceable(const Handle& folder, const std::string& name,
                                            const std::string& path) const {
  constexpr unsigned kNewFile = 0644;
  struct stat facts {};
  if (::fstatat(folder.get(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno == ENOENT) return kNewFile;
    return file_error(errno, path, "write");
  }
  if (S_ISLNK(facts.st_mode)) return file_error(ELOOP, path, "write");
  if (S_ISDIR(facts.st_mode)) return file_error(EISDIR, path, "write");
  if (!S_ISREG(facts.st_mode)) return file_error(ENXIO, path, "write");
  if (Result<void> own = require_own(facts, path); !own) return own.error();
  if (facts.st_nlink > 1) return has_other_names(path);
  return facts.st_mode & 0777U;
}

Result<std::string> ProjectFolder::read(const std::string& path, std::int64_t bytes_max) const {
  Result<OpenFile> file = open_to_read(path);
  if (!file) return file.error();
  if (file->size > bytes_max) {
    return Error{Errc::too_large,
                 "'" + path + "' has " + std::to_string(file->size) +
                     " bytes; fs.read takes at most " + std::to_string(bytes_max) +
                     ": read it in parts, fs.read(path, { offset = 0, length = 65536 })"};
  }
  return read_bytes(file->handle, path, 0, file->size);
}

Result<FilePart> ProjectFolder::read_part(const std::string& path, std::int64_t offset,
                                          std::int64_t length) const {
  Result<OpenFile> file = open_to_read(path);
  if (!file) return file.error();
  FilePart part;
  part.file_size = file->size;
  if (offset >= file->size) return part;
  const std::int64_t rest = std::min(length, file->size - offset);
  Result<std::string> bytes = read_bytes(file->handle, path, offset, rest);
  if (!bytes) return bytes.error();
  part.bytes = std::move(*bytes);
  return part;
}

Result<void> ProjectFolder::write(const std::string& path, std::string_view text) const {
  const Split target = split_path(path);
  const Result<Handle> folder = open_beneath(handle_.get(), target.folder, O_RDONLY | O_DIRECTORY);
  if (!folder) return folder.error();
  const Result<unsigned> mode = replaceable(*folder, target.name, path);
  if (!mode) return mode.error();
  SystemRandom random;
  const std::string name = ".yoke-" + make_ulid(0, random) + ".part";
  const Result<Handle> file = open_beneath(folder->get(), name, O_WRONLY | O_CREAT | O_EXCL, *mode);
  if (!file) return file.error();
  Temporary temporary(*folder, name);
  if (Result<void> written = write_bytes(*file, path, text); !written) return written;
  if (!temporary.rename_to(target.name)) return file_error(errno, path, "write");
  if (::fsync(folder->get()) != 0) return file_error(errno, path, "write");
  return {};
}

Result<void> ProjectFolder::append(const std::string& path, std::string_view text,
                                   std::int64_t size_max) const {
  const Result<Handle> file =
      open_beneath(handle_.get(), path, O_WRONLY | O_APPEND | O_CREAT, 0644);
  if (!file) return file.error();
  if (Result<void> regular = require_regular(*file, path); !regular) return regular;
  struct stat facts {};
  if (::fstat(file->get(), &facts) != 0) return file_error(errno, path, "look at");
  if (Result<void> own = require_own(facts, path); !own) return own;
  if (facts.st_nlink > 1) return has_other_names(path);
  if (facts.st_size + static_cast<std::int64_t>(text.size()) > size_max) {
    return Error{Errc::too_large, "'" + path + "' has " + std::to_string(facts.st_size) +
                                      " bytes and may grow to " + std::to_string(size_max)};
  }
  return write_bytes(*file, path, text);
}

Result<std::vector<FolderEntry>> ProjectFolder::list(const std::string& path,
                                                     std::size_t entries_max) const {
  Result<Handle> handle = open_beneath(handle_.get(), path, O_RDONLY | O_DIRECTORY);
  if (!handle) return handle.error();
  const int own = ::fcntl(handle->get(), F_DUPFD_CLOEXEC, 0);
  if (own < 0) return file_error(errno, path, "list");
  const std::unique_ptr<DIR, CloseFolder> folder(::fdopendir(own));
  if (!folder) return file_error(errno, path, "list");
  std::vector<FolderEntry> entries;
  while (const dirent* item = ::readdir(folder.get())) {
    const std::string name = item->d_name;
    if (name == "." || name == "..") continue;
    if (host_.hides(path == "." ? name : path + "/" + name)) continue;
    struct stat facts {};
    if (::fstatat(handle->get(), name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (entries.size() == entries_max) {
      return Error{Errc::too_large, "'" + path + "' holds more than " +
                                        std::to_string(entries_max) + " files and folders"};
    }
    const std::string kind = kind_of(facts.st_mode);
    entries.push_back(FolderEntry{name, kind, kind == "file" ? facts.st_size : 0});
  }
  std::sort(entries.begin(), entries.end(),
            [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; });
  return entries;
}

Result<FileFacts> ProjectFolder::stat(const std::string& path) const {
  const Result<Handle> handle = open_beneath(handle_.get(), path, O_PATH);
  if (!handle) return handle.error();
  struct stat facts {};
  if (::fstat(handle->get(), &facts) != 0) return file_error(errno, path, "look at");
  if (S_ISLNK(facts.st_mode)) return file_error(ELOOP, path, "look at");
  if (Result<void> own = require_own(facts, path); !own) return own.error();
  FileFacts out;
  out.kind = kind_of(facts.st_mode);
  out.size = out.kind == "file" ? facts.st_size : 0;
  out.modified =
      static_cast<Micros>(facts.st_mtim.tv_sec) * 1'000'000 + facts.st_mtim.tv_nsec / 1000;
  return out;
}

Result<void> ProjectFolder::remove(const std::string& path) const {
  if (path == ".") return Error{Errc::denied, "the project folder itself is never removed"};
  const Split target = split_path(path);
  const Result<Handle> folder = open_beneath(handle_.get(), target.folder, O_RDONLY | O_DIRECTORY);
  if (!folder) return folder.error();
  struct stat facts {};
  if (::fstatat(folder->get(), target.name.c_str(), &facts, AT_SYMLINK_NOFOLLOW) != 0) {
    return file_error(errno, path, "remove");
  }
  if (Result<void> own = require_own(facts, path); !own) return own;
  const int flags = S_ISDIR(facts.st_mode) ? AT_REMOVEDIR : 0;
  if (::unlinkat(folder->get(), target.name.c_str(), flags) != 0) {
    return file_error(errno, path, "remove");
  }
  return {};
}

Result<void> ProjectFolder::make_folder(const std::string& path) const {
  for (std::size_t at = path.find('/'); at != std::string::npos; at = path.find('/', at + 1)) {
    const std::string above = path.substr(0, at);
    const Result<FileFacts> facts = stat(above);
    if (facts) continue;
    if (Result<void> made = make_folder(above); !made) return made;
  }
  const Split target = split_path(path);
  const Result<Handle> folder = open_beneath(handle_.get(), target.folder, O_RDONLY | O_DIRECTORY);
  if (!folder) return folder.error();
  if (::mkdirat(folder->get(), target.name.c_str(), 0755) != 0 && errno != EEXIST) {
    return file_error(errno, path, "make");
  }
  return {};
}

FolderOf same_folder(std::shared_ptr<const ProjectFolder> folder) {
  return [folder = std::move(folder)](const std::string&) {
    return Result<std::shared_ptr<const ProjectFolder>>(folder);
  };
}

}  // namespace yoke

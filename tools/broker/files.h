#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/time.h"
#include "tools/broker/beneath.h"
#include "tools/broker/host_paths.h"

namespace yoke {

struct FileFacts {
  std::string kind;  // "file", "folder", "other"
  std::int64_t size = 0;
  Micros modified = 0;
};
struct FolderEntry {
  std::string name;
  std::string kind;
  std::int64_t size = 0;
};
struct OpenFile {
  Handle handle;
  std::int64_t size = 0;
};
struct FilePart {
  std::string bytes;
  std::int64_t file_size = 0;
};

// The project's folder, held open: every path is looked up below that handle by the kernel itself
// (openat2: no "..", no symbolic links, nothing outside), so a folder that is swapped meanwhile
// cannot lead out. Paths are in normal form. Only regular files are opened; /proc and /sys never,
// nor a file that `host` hides, whatever name led to it.
//
// Ownership: shared by the fs module and by those of its jobs that still run.
// Threads: any; the calls block, so the loop goes through a pool.
// Errors:  not_found, denied (a link, a special file, the file system says no), too_large (names
// the
//          bound and the size), unavailable, unsupported (a kernel before 5.6).
class ProjectFolder {
 public:
  static Result<std::shared_ptr<const ProjectFolder>> open(const std::string& path,
                                                           HostPaths host = {});
  ProjectFolder(Handle handle, HostPaths host)
      : handle_(std::move(handle)), host_(std::move(host)) {}

  const HostPaths& host() const { return host_; }

  Result<OpenFile> open_to_read(const std::string& path) const;  // for who reads it in parts
  Result<std::string> read(const std::string& path, std::int64_t bytes_max) const;
  Result<FilePart> read_part(const std::string& path, std::int64_t offset,
                             std::int64_t length) const;
  // Whole or not at all: a new file takes the old one's place once it is on the disk.
  Result<void> write(const std::string& path, std::string_view text) const;
  Result<void> append(const std::string& path, std::string_view text, std::int64_t size_max) const;
  Result<std::vector<FolderEntry>> list(const std::string& path, std::size_t entries_max) const;
  Result<FileFacts> stat(const std::string& path) const;
  Result<void> remove(const std::string& path) const;       // a file, or an empty folder
  Result<void> make_folder(const std::string& path) const;  // with those above it

 private:
  Result<void> require_own(const struct stat& facts, const std::string& path) const;
  Result<unsigned> replaceable(const Handle& folder, const std::string& name,
                               const std::string& path) const;

  Handle handle_;
  HostPaths host_;
};

// Whose files: the folder of a tenant. Called on the loop thread. Errors: unavailable.
using FolderOf =
    std::function<Result<std::shared_ptr<const ProjectFolder>>(const std::string& tenant)>;
// The same for every tenant: where there is but one.
FolderOf same_folder(std::shared_ptr<const ProjectFolder> folder);

}  // namespace yoke

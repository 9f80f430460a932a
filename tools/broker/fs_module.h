#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/loop/offload.h"
#include "tools/broker/files.h"
#include "tools/broker/host_module.h"

namespace yoke {

struct FsLimits {
  std::int64_t read_bytes_max = 1 << 20;   // one fs.read; no string of a script is longer
  std::int64_t file_bytes_max = 64 << 20;  // what fs.append may let a file grow to
  std::size_t list_entries_max = 10'000;
};

// fs: the files of the call's tenant below the granted paths. See ProjectFolder for how a look-up
// is confined.
//   read(path, {offset, length, encoding}) -> text; encoding: "utf8" (checked), "latin1", "base64".
//   With an offset it gives a part: the next one begins at offset + #text; "" is the end.
//   write(path, text) replaces atomically and makes missing folders; append, list, stat, exists,
//   remove.
//
// Ownership: borrows `pool`, which outlives it.
class FsModule final : public HostModule {
 public:
  FsModule(FolderOf folder_of, Pool& pool, FsLimits limits = {})
      : folder_of_(std::move(folder_of)), pool_(pool), limits_(limits) {}
  FsModule(std::shared_ptr<const ProjectFolder> folder, Pool& pool, FsLimits limits = {})
      : FsModule(same_folder(std::move(folder)), pool, limits) {}

  std::string_view name() const override { return "fs"; }
  Result<Json> admit(const std::string& function, const Json& args, CallScope& scope) override;
  awaitable<Result<Json>> call(std::string function, Json args, CallScope& scope) override;

 private:
  using Job = std::function<Result<Json>()>;  // runs on the pool; owns what it needs
  Result<Job> plan(const std::string& function, const Json& args, CallScope& scope) const;
  using Folder = std::shared_ptr<const ProjectFolder>;  // also owned by jobs that still run
  Result<Job> plan_read(const Folder& folder, const std::string& path, const Json& args) const;
  Result<Job> plan_look(const Folder& folder, const std::string& function,
                        const std::string& path) const;
  Result<Job> plan_write(const Folder& folder, const std::string& function, const std::string& path,
                         const Json& args) const;

  const FolderOf folder_of_;
  Pool& pool_;
  const FsLimits limits_;
};

}  // namespace yoke

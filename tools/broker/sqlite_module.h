#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "runtime/loop/offload.h"
#include "tools/broker/files.h"
#include "tools/broker/host_module.h"
#include "tools/broker/sqlite_query.h"

namespace yoke {

// sqlite: SQL that reads those of the tenant's databases which `permissions.sqlite` grants.
//   query(path, sql, params, {rows}) -> {columns, rows, more}; see ask_sqlite for what is refused.
// The file is opened as fs opens one. What a program that writes to it has not yet put into the
// file itself is an error that says so, never an old answer.
//
// Ownership: has threads of its own, started by the first query.
class SqliteModule final : public HostModule {
 public:
  explicit SqliteModule(FolderOf folder_of, SqliteLimits limits = {})
      : folder_of_(std::move(folder_of)), limits_(limits) {}
  explicit SqliteModule(std::shared_ptr<const ProjectFolder> folder, SqliteLimits limits = {})
      : SqliteModule(same_folder(std::move(folder)), limits) {}

  std::string_view name() const override { return "sqlite"; }
  Result<Json> admit(const std::string& function, const Json& args, CallScope& scope) override;
  awaitable<Result<Json>> call(std::string function, Json args, CallScope& scope) override;

 private:
  struct Plan {
    std::shared_ptr<const ProjectFolder> folder;  // also owned by queries that still run
    std::string path;
    SqliteQuestion question;
  };
  Result<Plan> plan(const std::string& function, const Json& args, CallScope& scope) const;

  const FolderOf folder_of_;
  const SqliteLimits limits_;
  std::unique_ptr<Pool> threads_;
};

}  // namespace yoke

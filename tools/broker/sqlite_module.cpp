#include "tools/broker/sqlite_module.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "tools/broker/paths.h"

namespace yoke {
namespace {

constexpr std::string_view kQuery = "sqlite.query";
constexpr std::string_view kJournalMagic = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";
constexpr std::size_t kShownBytes = 200;

bool is_granted(const Permissions& permissions, const std::string& path) {
  return std::any_of(permissions.sqlite.begin(), permissions.sqlite.end(),
                     [&](const std::string& grant) { return lies_below(path, grant); });
}

Result<SqliteQuestion> read_question(const Json& args) {
  SqliteQuestion question;
  Result<std::string> sql = text_argument(args, 1, kQuery);
  if (!sql) return sql.error();
  question.sql = std::move(*sql);
  const Json& params = argument(args, 2);
  const bool none = params.is_null() || (params.is_object() && params.empty());
  if (!none && !params.is_array()) {
    return Error{Errc::invalid, "sqlite.query: argument 3 must be a list of values"};
  }
  if (!none) question.params = params;
  const Result<Json> options = options_argument(args, 3, kQuery, {"rows"});
  if (!options) return options.error();
  const std::int64_t rows = integer_at(*options, "rows", 100);
  if (rows < 1 || rows > 1'000) {
    return Error{Errc::invalid, "sqlite.query: rows is a whole number from 1 to 1000"};
  }
  question.rows = static_cast<std::size_t>(rows);
  return question;
}

// What a writer keeps beside the file until it is in the file.
Result<void> check_settled(const ProjectFolder& folder, const std::string& path) {
  const Result<FilePart> log = folder.read_part(path + "-wal", 0, 1);
  if (log && log->file_size > 0) {
    return Error{Errc::unavailable,
                 "'" + path + "' has changes that are only in its write-ahead log (" + path +
                     "-wal): close the program that writes to it, or let it run "
                     "PRAGMA wal_checkpoint(TRUNCATE)"};
  }
  const Result<FilePart> journal =
      folder.read_part(path + "-journal", 0, static_cast<std::int64_t>(kJournalMagic.size()));
  if (journal && journal->bytes == kJournalMagic) {
    return Error{Errc::unavailable, "'" + path +
                                        "' is being changed, or a program that changed it "
                                        "broke off (" +
                                        path + "-journal); try again"};
  }
  return {};
}

}  // namespace

Result<SqliteModule::Plan> SqliteModule::plan(const std::string& function, const Json& args,
                                              CallScope& scope) const {
  if (function != "query") return unknown_function("sqlite", function, {"query"});
  const Result<std::string> given = text_argument(args, 0, kQuery);
  if (!given) return given.error();
  Result<SqliteQuestion> question = read_question(args);
  if (!question) return question.error();
  InnerRequest request{std::string(kQuery), Json::object(), Effect::read};
  request.shown["path"] = *given;
  request.shown["sql"] = shorten(question->sql, kShownBytes);
  const Result<std::string> path = normal_path(*given);
  if (!path) return scope.refuse(request, std::string(kQuery) + ": " + path.error().detail);
  request.shown["path"] = *path;
  Result<std::shared_ptr<const ProjectFolder>> folder = folder_of_(scope.identity().tenant);
  if (!folder) return folder.error();
  if ((*folder)->host().hides(*path)) {
    return scope.refuse(request, "'" + *path + "' belongs to the host: no script may touch it");
  }
  if (!is_granted(scope.permissions(), *path)) {
    return scope.refuse(request, std::string(kQuery) + ": '" + *path +
                                     "' is not granted (permissions.sqlite does not list it)");
  }
  if (Result<void> permitted = scope.permit(request); !permitted) return permitted.error();
  return Plan{std::move(*folder), *path, std::move(*question)};
}

Result<Json> SqliteModule::admit(const std::string& function, const Json& args, CallScope& scope) {
  const Result<Plan> planned = plan(function, args, scope);
  if (!planned) return planned.error();
  return args;
}

awaitable<Result<Json>> SqliteModule::call(std::string function, Json args, CallScope& scope) {
  Result<Plan> planned = plan(function, args, scope);
  if (!planned) co_return planned.error();
  scope.saw(Label{});
  if (!threads_) threads_ = std::make_unique<Pool>("yoke-sqlite", 2);
  auto job = [limits = limits_, deadline = scope.deadline(),
              plan = std::move(*planned)]() -> Result<Json> {
    const Result<OpenFile> file = plan.folder->open_to_read(plan.path);
    if (!file) return file.error();
    if (const Result<void> settled = check_settled(*plan.folder, plan.path); !settled) {
      return settled.error();
    }
    return ask_sqlite(file->handle.get(), plan.question, deadline, limits);
  };
  Result<Json> answer = co_await offload(*threads_, std::move(job));
  if (!answer) {
    scope.note(Json{{"error", answer.error().detail}});
    co_return Error{answer.error().code, "sqlite.query: " + answer.error().detail};
  }
  scope.note(Json{{"rows", member_at(*answer, "rows").size()}});
  co_return answer;
}

}  // namespace yoke

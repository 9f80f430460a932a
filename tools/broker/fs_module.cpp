#include "tools/broker/fs_module.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "tools/broker/paths.h"
#include "tools/broker/secrets.h"

namespace yoke {
namespace {

bool writes(std::string_view function) {
  return function == "write" || function == "append" || function == "remove";
}

Effect effect_of(std::string_view function) {
  if (!writes(function)) return Effect::read;
  return function == "append" ? Effect::once : Effect::idempotent;
}

bool is_granted(const Permissions& permissions, std::string_view function, const std::string& path,
                const HostPaths& host) {
  const auto reaches = [&](const std::string& grant) { return lies_below(path, grant); };
  if (!writes(function)) {
    return std::any_of(permissions.read.begin(), permissions.read.end(), reaches);
  }
  return std::any_of(
      permissions.write.begin(), permissions.write.end(),
      [&](const std::string& grant) { return reaches(grant) && !host.guards_code(path, grant); });
}

std::string denial(std::string_view function, const std::string& path, const HostPaths& host) {
  const std::string kind = writes(function) ? "write" : "read";
  if (host.hides(path)) return "'" + path + "' belongs to the host: no script may touch it";
  return "fs." + std::string(function) + ": '" + path + "' is not granted (permissions." + kind +
         " lists no folder that holds it)";
}

std::string latin1_to_utf8(const std::string& bytes) {
  std::string text;
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xc0 | byte >> 6);
      text += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return text;
}

// A part that ends within a character is cut before it; the next part begins there.
void cut_to_whole_characters(std::string& bytes) {
  std::size_t back = 0;
  while (back < 3 && back < bytes.size()) {
    const auto byte = static_cast<unsigned char>(bytes[bytes.size() - 1 - back]);
    ++back;
    if ((byte & 0xc0) == 0x80) continue;  // a following byte: look further back
    const std::size_t needed = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    if (needed > back) bytes.resize(bytes.size() - back);
    return;
  }
}

Result<Json> decoded(const std::string& path, std::string bytes, const std::string& encoding) {
  if (encoding == "base64") return json_result(base64_of(bytes));
  if (encoding == "latin1") return json_result(latin1_to_utf8(bytes));
  if (is_valid_utf8(bytes)) return json_result(std::move(bytes));
  return Error{Errc::invalid, "'" + path +
                                  "' is no UTF-8 text: read it with { encoding = \"latin1\" } or "
                                  "{ encoding = \"base64\" }"};
}

struct ReadOptions {
  bool part = false;
  std::int64_t offset = 0;
  std::int64_t length = 0;
  std::string encoding = "utf8";
};

Result<ReadOptions> read_options(const Json& args, std::int64_t bytes_max) {
  const Result<Json> given = options_argument(args, 1, "fs.read", {"offset", "length", "encoding"});
  if (!given) return given.error();
  ReadOptions options;
  options.part = given->contains("offset") || given->contains("length");
  options.offset = integer_at(*given, "offset", 0);
  options.length = integer_at(*given, "length", bytes_max);
  options.encoding = string_at(*given, "encoding", "utf8");
  if (options.offset < 0 || options.length < 4 || options.length > bytes_max) {
    return Error{Errc::invalid,
                 "fs.read: offset is 0 or more, length is 4 to " + std::to_string(bytes_max)};
  }
  const std::vector<std::string> known = {"utf8", "latin1", "base64"};
  if (std::find(known.begin(), known.end(), options.encoding) == known.end()) {
    return Error{Errc::invalid, "fs.read: there is no encoding '" + printable(options.encoding) +
                                    "'" + did_you_mean(options.encoding, known)};
  }
  return options;
}

Json to_json(const FileFacts& facts) {
  Json value = Json::object();
  value["kind"] = facts.kind;
  value["size"] = facts.size;
  value["modified"] = static_cast<double>(facts.modified) / 1e6;
  return value;
}

Json to_json(const std::vector<FolderEntry>& entries) {
  Json list = Json::array();
  for (const FolderEntry& entry : entries) {
    Json item = Json::object();
    item["name"] = to_valid_utf8(entry.name);
    item["kind"] = entry.kind;
    item["size"] = entry.size;
    list.push_back(std::move(item));
  }
  return list;
}

Result<Json> nothing(const Result<void>& done) {
  if (!done) return done.error();
  return json_result(nullptr);
}

Result<void> write_with_folders(const ProjectFolder& folder, const std::string& path,
                                const std::string& text) {
  Result<void> written = folder.write(path, text);
  const std::size_t slash = path.rfind('/');
  if (written || written.error().code != Errc::not_found || slash == std::string::npos) {
    return written;
  }
  if (Result<void> made = folder.make_folder(path.substr(0, slash)); !made) return made;
  return folder.write(path, text);
}

}  // namespace

Result<FsModule::Job> FsModule::plan_read(const Folder& folder, const std::string& path,
                                          const Json& args) const {
  const Result<ReadOptions> options = read_options(args, limits_.read_bytes_max);
  if (!options) return options.error();
  return Job([folder, path, options = *options] {
    if (!options.part) {
      Result<std::string> bytes = folder->read(path, options.length);
      if (!bytes) return Result<Json>(bytes.error());
      return decoded(path, std::move(*bytes), options.encoding);
    }
    Result<FilePart> part = folder->read_part(path, options.offset, options.length);
    if (!part) return Result<Json>(part.error());
    const auto size = static_cast<std::int64_t>(part->bytes.size());
    const bool more = options.offset + size < part->file_size;
    if (more && options.encoding == "utf8") cut_to_whole_characters(part->bytes);
    return decoded(path, std::move(part->bytes), options.encoding);
  });
}

Result<FsModule::Job> FsModule::plan_look(const Folder& folder, const std::string& function,
                                          const std::string& path) const {
  if (function == "list") {
    return Job([folder, path, bound = limits_.list_entries_max] {
      const Result<std::vector<FolderEntry>> entries = folder->list(path, bound);
      if (!entries) return Result<Json>(entries.error());
      return json_result(to_json(*entries));
    });
  }
  const bool only_exists = function == "exists";
  return Job([folder, path, only_exists] {
    const Result<FileFacts> facts = folder->stat(path);
    const bool absent = !facts && facts.error().code == Errc::not_found;
    if (!facts && !absent) return Result<Json>(facts.error());
    if (only_exists) return json_result(!absent);
    return json_result(absent ? Json(nullptr) : to_json(*facts));
  });
}

Result<FsModule::Job> FsModule::plan_write(const Folder& folder, const std::string& function,
                                           const std::string& path, const Json& args) const {
  if (function == "remove") {
    return Job([folder, path] { return nothing(folder->remove(path)); });
  }
  Result<std::string> text = text_argument(args, 1, "fs." + function);
  if (!text) return text.error();
  if (function == "append") {
    return Job([folder, path, text = std::move(*text), bound = limits_.file_bytes_max] {
      return nothing(folder->append(path, text, bound));
    });
  }
  return Job([folder, path, text = std::move(*text)] {
    return nothing(write_with_folders(*folder, path, text));
  });
}

Result<FsModule::Job> FsModule::plan(const std::string& function, const Json& args,
                                     CallScope& scope) const {
  const auto known = {std::string_view("read"),   std::string_view("write"),
                      std::string_view("append"), std::string_view("list"),
                      std::string_view("exists"), std::string_view("stat"),
                      std::string_view("remove")};
  if (std::find(known.begin(), known.end(), function) == known.end()) {
    return unknown_function("fs", function, known);
  }
  const Result<std::string> given = text_argument(args, 0, "fs." + function);
  if (!given) return given.error();
  InnerRequest request{"fs." + function, Json::object(), effect_of(function)};
  request.shown["path"] = *given;
  const Result<std::string> path = normal_path(*given);
  if (!path) return scope.refuse(request, "fs." + function + ": " + path.error().detail);
  request.shown["path"] = *path;
  const Result<Folder> folder = folder_of_(scope.identity().tenant);
  if (!folder) return folder.error();
  const HostPaths& host = (*folder)->host();
  if (host.hides(*path) || !is_granted(scope.permissions(), function, *path, host)) {
    return scope.refuse(request, denial(function, *path, host));
  }
  if (Result<void> permitted = scope.permit(request); !permitted) return permitted.error();
  if (function == "read") return plan_read(*folder, *path, args);
  return writes(function) ? plan_write(*folder, function, *path, args)
                          : plan_look(*folder, function, *path);
}

Result<Json> FsModule::admit(const std::string& function, const Json& args, CallScope& scope) {
  const Result<Job> job = plan(function, args, scope);
  if (!job) return job.error();
  return args;
}

awaitable<Result<Json>> FsModule::call(std::string function, Json args, CallScope& scope) {
  Result<Job> job = plan(function, args, scope);
  if (!job) co_return job.error();
  if (!writes(function)) scope.saw(Label{});
  Job work = std::move(*job);
  Result<Json> result = co_await offload(pool_, std::move(work));
  if (!result) scope.note(Json{{"error", result.error().detail}});
  co_return result;
}

}  // namespace yoke

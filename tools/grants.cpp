#include "tools/grants.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <system_error>

#include "runtime/base/id.h"
#include "runtime/base/text.h"
#include "tools/broker/beneath.h"
#include "tools/broker/permissions.h"

namespace yoke {
namespace {

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kFileBytesMax = 1 << 20;

Error bad_lock(const std::string& path, const std::string& why) {
  return Error{Errc::invalid, why + "; remove the entry and run `yoke tools grant NAME` again",
               path};
}

Result<Grant> grant_from_json(const Json& value) {
  Grant grant;
  const Result<ScriptOrigin> origin = script_origin_from_name(string_at(value, "origin"));
  if (!origin) return origin.error();
  grant.origin = *origin;
  grant.source_hash = string_at(value, "source_hash");
  grant.permissions = member_at(value, "permissions");
  const Result<Permissions> permissions = parse_permissions(grant.permissions);
  if (!permissions) return permissions.error();
  const Result<Micros> at = micros_from_iso8601(string_at(value, "granted_at"));
  if (!at) return at.error();
  grant.granted_at = *at;
  return grant;
}

Json grant_json(const Grant& grant) {
  Json value = Json::object();
  value["origin"] = std::string(name_of(grant.origin));
  value["source_hash"] = grant.source_hash;
  value["permissions"] = grant.permissions;
  value["granted_at"] = to_iso8601(grant.granted_at);
  return value;
}

std::set<std::string> tokens_of(const Permissions& permissions) {
  std::set<std::string> tokens;
  for (const Power& power : powers_of(permissions)) tokens.insert(power.token);
  return tokens;
}

// In words, what `wanted` allows and `had` does not.
std::vector<std::string> new_powers(const Permissions& wanted, const Permissions& had) {
  const std::set<std::string> known = tokens_of(had);
  std::vector<std::string> words;
  for (const Power& power : powers_of(wanted)) {
    if (!known.contains(power.token)) words.push_back(power.words);
  }
  return words;
}

GrantDecision refused(const ToolSpec& spec, const std::string& why,
                      std::vector<std::string> powers) {
  GrantDecision decision;
  std::string wants;
  if (!powers.empty()) wants = " (it wants to " + join(powers, "; ") + ")";
  decision.why = "the tool '" + spec.name + "' " + why + wants + ": run `yoke tools grant " +
                 spec.name + "` to allow it";
  decision.reason = why;
  decision.powers = std::move(powers);
  return decision;
}

GrantDecision granted() {
  GrantDecision decision;
  decision.granted = true;
  return decision;
}

GrantDecision decide_own(const ToolSpec& spec, const Permissions& wanted, const Grant* grant) {
  if (wanted.only_reads()) return granted();
  Permissions had;
  if (grant != nullptr) had = *parse_permissions(grant->permissions);
  std::vector<std::string> powers = new_powers(wanted, had);
  if (powers.empty()) return granted();
  return refused(spec, grant == nullptr ? "was never granted" : "wants more than was granted",
                 std::move(powers));
}

GrantDecision decide_stranger(const ToolSpec& spec, const Permissions& wanted, const Grant* grant) {
  Permissions had;
  if (grant != nullptr) had = *parse_permissions(grant->permissions);
  std::vector<std::string> powers = new_powers(wanted, had);
  if (grant == nullptr) return refused(spec, "comes from elsewhere and was never granted", powers);
  if (grant->origin != ScriptOrigin::stranger) {
    return refused(spec, "was granted as the project's own, and now comes from elsewhere", powers);
  }
  if (grant->source_hash != spec.source_hash) {
    return refused(spec, "comes from elsewhere and has changed since it was granted", powers);
  }
  if (!powers.empty()) return refused(spec, "wants more than was granted", powers);
  return granted();
}

GrantDecision decide_on(const ToolSpec& spec, ScriptOrigin origin, const Permissions& wanted,
                        const Grant* grant) {
  if (origin == ScriptOrigin::bundled) return granted();  // the operator's settings are the grant
  if (origin == ScriptOrigin::own) return decide_own(spec, wanted, grant);
  return decide_stranger(spec, wanted, grant);
}

Result<void> write_all(int handle, const std::string& text, const std::string& path) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t put = ::write(handle, rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return file_error(errno, path, "write");
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
  if (::fsync(handle) != 0) return file_error(errno, path, "write");
  return {};
}

}  // namespace

Result<Grants> Grants::open(const std::string& path) {
  Grants grants(path);
  if (Result<void> loaded = grants.load(); !loaded) return loaded.error();
  return grants;
}

Result<void> Grants::load() {
  entries_.clear();
  pins_ = Json::object();
  std::ifstream file(path_, std::ios::binary);
  if (!file) {
    std::error_code error;
    if (!std::filesystem::exists(path_, error)) return {};
    return Error{Errc::unavailable, "cannot be read", path_};
  }
  std::stringstream text;
  text << file.rdbuf();
  JsonLimits limits;
  limits.text_bytes_max = kFileBytesMax;
  const Result<Json> value = parse_json(text.str(), limits);
  if (!value) return Error{value.error().code, value.error().message(), path_};
  const std::int64_t version = integer_at(*value, "version");
  if (version != kVersion) {
    return Error{Errc::unsupported,
                 "version " + std::to_string(version) +
                     " of the grants is not "
                     "known to this Yoke (it knows " +
                     std::to_string(kVersion) + ")",
                 path_};
  }
  const Json& tools = member_at(*value, "tools");
  if (!tools.is_object()) return bad_lock(path_, "'tools' is no table");
  for (const auto& [name, entry] : tools.items()) {
    Result<Grant> grant = grant_from_json(entry);
    if (!grant) return bad_lock(path_, "the grant of '" + name + "': " + grant.error().message());
    entries_.emplace(name, std::move(*grant));
  }
  const Json& pins = member_at(*value, "pins");
  if (!pins.is_null() && !pins.is_object()) return bad_lock(path_, "'pins' is no table");
  for (const auto& [kind, names] : pins.items()) {
    if (!names.is_object()) return bad_lock(path_, "'pins." + kind + "' is no table");
  }
  if (pins.is_object()) pins_ = pins;
  return {};
}

Result<void> Grants::save() const {
  Json tools = Json::object();
  for (const auto& [name, grant] : entries_) tools[name] = grant_json(grant);
  Json value = Json::object();
  value["version"] = kVersion;
  value["tools"] = std::move(tools);
  if (!pins_.empty()) value["pins"] = pins_;
  SystemRandom random;
  const std::string part = path_ + "." + make_ulid(0, random) + ".part";
  const Handle file(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (file.get() < 0) return file_error(errno, path_, "write");
  Result<void> written = write_all(file.get(), to_pretty_text(value) + "\n", path_);
  if (written && ::rename(part.c_str(), path_.c_str()) != 0) {
    written = file_error(errno, path_, "write");
  }
  if (!written) ::unlink(part.c_str());
  return written;
}

GrantDecision Grants::decide(const ToolSpec& spec, ScriptOrigin origin) const {
  const Result<Permissions> wanted = parse_permissions(spec.permissions);
  if (!wanted) return refused(spec, "has wrong permissions, " + wanted.error().message(), {});
  const auto entry = entries_.find(spec.name);
  const Grant* grant = entry == entries_.end() ? nullptr : &entry->second;
  GrantDecision decision = decide_on(spec, origin, *wanted, grant);
  if (grant == nullptr) return decision;
  decision.granted_at = grant->granted_at;
  decision.file_changed = grant->source_hash != spec.source_hash;
  return decision;
}

Result<void> Grants::grant(const ToolSpec& spec, ScriptOrigin origin, Micros now) {
  const Result<Permissions> permissions = parse_permissions(spec.permissions);
  if (!permissions) return permissions.error();
  if (Result<void> loaded = load(); !loaded) return loaded;
  Grant grant;
  grant.origin = origin;
  grant.source_hash = spec.source_hash;
  grant.permissions = spec.permissions;
  grant.granted_at = now;
  entries_[spec.name] = std::move(grant);
  return save();
}

std::string Grants::pin_of(std::string_view kind, std::string_view name) const {
  return string_at(member_at(member_at(pins_, kind), name), "hash");
}

bool Grants::has_pin(std::string_view kind, std::string_view hash) const {
  const Json& names = member_at(pins_, kind);
  if (hash.empty() || !names.is_object()) return false;
  for (const Json& pin : names) {
    if (string_at(pin, "hash") == hash) return true;
  }
  return false;
}

Result<void> Grants::pin(const std::string& kind, const std::string& name, const std::string& hash,
                         Micros now) {
  if (Result<void> loaded = load(); !loaded) return loaded;
  if (!hash.empty()) {
    pins_[kind][name] = Json{{"hash", hash}, {"pinned_at", to_iso8601(now)}};
  } else if (pins_.contains(kind) && pins_[kind].is_object()) {
    pins_[kind].erase(name);
    if (pins_[kind].empty()) pins_.erase(kind);
  }
  return save();
}

Result<std::vector<std::string>> describe_permissions(const Json& permissions) {
  const Result<Permissions> parsed = parse_permissions(permissions);
  if (!parsed) return parsed.error();
  std::vector<std::string> lines;
  for (const Power& power : powers_of(*parsed)) lines.push_back(power.words);
  if (lines.empty()) lines.emplace_back("compute, and nothing else");
  return lines;
}

}  // namespace yoke

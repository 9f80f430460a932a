#include "tools/broker/kv_module.h"

#include "runtime/base/text.h"

namespace yoke {
namespace {

bool writes(std::string_view function) { return function == "set" || function == "delete"; }

// What the script may ask, decided: the key, or why not.
Result<std::string> permitted_key(const std::string& function, const Json& args, CallScope& scope) {
  const auto known = {std::string_view("get"), std::string_view("set"), std::string_view("delete"),
                      std::string_view("list")};
  if (std::find(known.begin(), known.end(), function) == known.end()) {
    return unknown_function("kv", function, known);
  }
  std::string key;
  if (function != "list" || !argument(args, 0).is_null()) {
    Result<std::string> given = text_argument(args, 0, "kv." + function);
    if (!given) return given;
    key = std::move(*given);
  }
  if (function != "list" && key.empty()) return Error{Errc::invalid, "kv: the key is empty"};
  if (key.size() > KvModule::kKeyBytesMax || !is_valid_utf8(key)) {
    return Error{Errc::invalid, "kv: a key is UTF-8 text of at most " +
                                    std::to_string(KvModule::kKeyBytesMax) + " bytes"};
  }
  InnerRequest request{"kv." + function, Json::object(),
                       writes(function) ? Effect::idempotent : Effect::read};
  request.shown["key"] = key;
  const Access needed = writes(function) ? Access::write : Access::read;
  if (scope.permissions().kv < needed) {
    return scope.refuse(request, "kv." + function + " is not granted (permissions.kv)");
  }
  if (Result<void> permitted = scope.permit(request); !permitted) return permitted.error();
  return key;
}

}  // namespace

awaitable<Result<Json>> KvModule::set(std::string space, std::string key, Json value) {
  const std::size_t size = to_text(value).size();
  if (size > kValueBytesMax) {
    co_return Error{Errc::too_large, "kv.set: the value has " + std::to_string(size) +
                                         " bytes as JSON, at most " +
                                         std::to_string(kValueBytesMax)};
  }
  co_await load_usage(space);
  Usage& usage = usage_[space];  // a map's values stay where they are
  const auto before = usage.sizes.find(key);
  const std::size_t size_before = before == usage.sizes.end() ? 0 : before->second;
  const Result<void> room = check_room(usage, key, size + key.size());
  if (!room) co_return room.error();
  usage.put(key, size + key.size());  // before waiting, so that two calls do not share the room
  const Result<void> stored = co_await store_.kv_set(std::move(space), key, std::move(value));
  if (!stored) {
    if (size_before > 0) {
      usage.put(key, size_before);
    } else {
      usage.drop(key);
    }
    co_return stored.error();
  }
  co_return json_result(nullptr);
}

void KvModule::Usage::put(const std::string& key, std::size_t size) {
  std::size_t& there = sizes[key];
  bytes += size - there;  // modular: shrinking adds a "negative" number
  there = size;
}

void KvModule::Usage::drop(const std::string& key) {
  const auto found = sizes.find(key);
  if (found == sizes.end()) return;
  bytes -= found->second;
  sizes.erase(found);
}

awaitable<void> KvModule::load_usage(std::string space) {
  if (usage_.contains(space)) co_return;
  std::string every;  // begins with nothing in particular
  const std::vector<KvEntry> entries =
      co_await store_.kv_list(space, std::move(every), static_cast<int>(kKeysMax));
  const auto [at, first] = usage_.try_emplace(std::move(space));
  if (!first) co_return;  // another call was faster
  for (const KvEntry& entry : entries) {
    at->second.put(entry.key, entry.key.size() + to_text(entry.value).size());
  }
}

Result<void> KvModule::check_room(const Usage& usage, const std::string& key, std::size_t size) {
  const auto found = usage.sizes.find(key);
  const bool is_new = found == usage.sizes.end();
  const std::size_t others = usage.bytes - (is_new ? 0 : found->second);
  if (is_new && usage.sizes.size() >= kKeysMax) {
    return Error{Errc::too_large, "kv.set: the tools of a file keep at most " +
                                      std::to_string(kKeysMax) +
                                      " keys; delete some with kv.delete(key)"};
  }
  // What takes no more room than before is let in, or an overfull space could never be mended.
  if (others + size > kSpaceBytesMax && (is_new || size > found->second)) {
    return Error{Errc::too_large, "kv.set: the tools of a file keep at most " +
                                      std::to_string(kSpaceBytesMax) +
                                      " bytes; delete some keys with kv.delete(key)"};
  }
  return {};
}

awaitable<Result<Json>> KvModule::list(std::string space, std::string prefix) {
  const std::vector<KvEntry> entries =
      co_await store_.kv_list(std::move(space), std::move(prefix), static_cast<int>(kKeysMax));
  Json keys = Json::array();
  for (const KvEntry& entry : entries) keys.push_back(entry.key);
  co_return json_result(std::move(keys));
}

// True when there was such a key.
awaitable<Result<Json>> KvModule::remove(std::string space, std::string key) {
  const Result<Json> before = co_await store_.kv_get(space, key);
  if (!before && before.error().code != Errc::not_found) co_return before.error();
  const bool existed = before.has_value();
  const Result<void> removed = co_await store_.kv_remove(space, key);
  if (!removed && removed.error().code != Errc::not_found) co_return removed.error();
  if (const auto usage = usage_.find(space); usage != usage_.end()) usage->second.drop(key);
  co_return json_result(existed);
}

Result<Json> KvModule::admit(const std::string& function, const Json& args, CallScope& scope) {
  const Result<std::string> key = permitted_key(function, args, scope);
  if (!key) return key.error();
  return args;
}

awaitable<Result<Json>> KvModule::call(std::string function, Json args, CallScope& scope) {
  Result<std::string> permitted = permitted_key(function, args, scope);
  if (!permitted) co_return permitted.error();
  std::string key = std::move(*permitted);
  std::string space = scope.identity().tenant + "/" + scope.origin();
  if (function == "set") {
    Json value = argument(args, 1);
    co_return co_await set(std::move(space), std::move(key), std::move(value));
  }
  scope.saw(Label{});
  if (function == "list") co_return co_await list(std::move(space), std::move(key));
  if (function == "delete") co_return co_await remove(std::move(space), std::move(key));
  Result<Json> value = co_await store_.kv_get(std::move(space), std::move(key));
  if (!value && value.error().code == Errc::not_found) co_return json_result(nullptr);
  co_return value;
}

}  // namespace yoke

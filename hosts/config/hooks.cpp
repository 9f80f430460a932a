#include <algorithm>

#include "hosts/config/sections.h"
#include "hosts/config/toml_json.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kNameMax = 64;

// A name stands in paths, in the keys of the store, and on record.
bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameMax &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

// One table of a section: what is read of it, and whether it is whole.
class Entry {
 public:
  Entry(TomlReader& reader, const toml::table& table, std::string path)
      : reader_(reader), table_(table), path_(std::move(path)) {}

  std::string text(const char* key, std::string fallback = {}) {
    return table_.contains(key) ? reader_.text(table_, path_, key) : fallback;
  }
  std::vector<std::string> texts(const char* key) {
    return table_.contains(key) ? reader_.texts(table_, path_, key) : std::vector<std::string>();
  }
  bool flag(const char* key, bool fallback) {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return fallback;
    const auto value = node->value_exact<bool>();
    if (!value) reader_.fail(*node, "'" + path_ + "." + key + "' is true or false");
    return value.value_or(fallback);
  }
  Json object(const char* key) {
    const toml::table* inner = reader_.table(table_, path_, key);
    if (inner == nullptr) return Json::object();
    const std::optional<Json> value = json_of(*inner);
    if (!value) {
      reader_.fail(*inner, "'" + path_ + "." + key + "' holds a value that JSON does not have");
    }
    return value.value_or(Json::object());
  }
  // `secret`, or `secrets` while one is exchanged for another.
  std::vector<std::string> secrets() {
    std::vector<std::string> all = texts("secrets");
    if (table_.contains("secret")) all.push_back(text("secret"));
    for (const std::string& reference : all) {
      if (is_reference(reference)) continue;
      const char* key = table_.contains("secret") ? "secret" : "secrets";
      reader_.fail(*table_.get(key), "'" + path_ + "." + key +
                                         "' must say where the value is, not hold it: write "
                                         "\"env:NAME\" or \"file:PATH\"");
    }
    if (all.empty()) {
      reader_.fail(table_, "'" + path_ + "' has no secret: write secret = \"env:NAME\"");
    }
    return all;
  }
  void need(const char* key, const std::string& value, const std::string& example) {
    if (!value.empty()) return;
    reader_.fail(table_, "'" + path_ + "." + key + "' is missing: " + example);
  }
  void fail(const std::string& what) { reader_.fail(table_, "'" + path_ + "' " + what); }
  std::optional<std::chrono::milliseconds> duration(const char* key) {
    return reader_.duration(table_, path_, key);
  }
  int line() const { return line_of(table_); }

 private:
  TomlReader& reader_;
  const toml::table& table_;
  std::string path_;
};

HookConfig read_hook(Entry entry) {
  HookConfig hook;
  hook.scheme = entry.text("scheme");
  hook.secrets = entry.secrets();
  hook.agent = entry.text("agent");
  hook.session = entry.text("session");
  hook.tenant = entry.text("tenant", hook.tenant);
  hook.map = entry.text("map");
  hook.events = entry.texts("events");
  hook.tolerance = entry.duration("tolerance");
  hook.line = entry.line();
  entry.need("scheme", hook.scheme, "scheme = \"standard\", \"github\", \"slack\" or \"teams\"");
  entry.need("agent", hook.agent, "agent = \"NAME\" says who is to act on it");
  return hook;
}

WebhookConfig read_webhook(Entry entry) {
  WebhookConfig webhook;
  webhook.url = entry.text("url");
  webhook.secrets = entry.secrets();
  webhook.events = entry.texts("events");
  webhook.agents = entry.texts("agents");
  webhook.tenant = entry.text("tenant", webhook.tenant);
  webhook.for_runs = entry.flag("for_runs", false);
  webhook.contents = entry.flag("contents", true);
  webhook.allow_private = entry.flag("allow_private", false);
  webhook.line = entry.line();
  if (webhook.for_runs == !webhook.url.empty()) {
    entry.fail("takes either url = \"https://…\" or for_runs = true, for runs that name a URL");
  }
  if (!webhook.for_runs && webhook.events.empty()) {
    entry.fail("names no events: write events = [\"run.completed\", \"run.failed\"]");
  }
  return webhook;
}

ScheduleConfig read_schedule(Entry entry) {
  ScheduleConfig schedule;
  schedule.cron = entry.text("cron");
  schedule.zone = entry.text("zone", schedule.zone);
  schedule.agent = entry.text("agent");
  schedule.task = entry.text("task");
  schedule.input = entry.object("input");
  schedule.session = entry.text("session");
  schedule.tenant = entry.text("tenant", schedule.tenant);
  schedule.limits = entry.object("limits");
  schedule.missed = entry.text("missed", schedule.missed);
  schedule.enabled = entry.flag("enabled", true);
  schedule.line = entry.line();
  entry.need("cron", schedule.cron, "cron = \"0 8 * * MON\" is each Monday at eight");
  entry.need("agent", schedule.agent, "agent = \"NAME\" says who is to be started");
  return schedule;
}

template <class Each>
void read_each(TomlReader& reader, const toml::table& root, const char* section,
               const std::vector<std::string>& keys, Each each) {
  const toml::table* all = reader.table(root, "", section);
  if (all == nullptr) return;
  for (const auto& [key, node] : *all) {
    const std::string name(key.str());
    const std::string path = std::string(section) + "." + name;
    const toml::table* table = node.as_table();
    if (node.is_array() && path.starts_with("hooks.")) continue;  // those of runs
    if (table == nullptr) {
      reader.fail(node, "'" + path + "' must be a table");
    } else if (!is_name(name)) {
      reader.fail(node, "'" + path + "': a name has letters, digits, - and _, at most 64");
    } else {
      reader.check_keys(*table, path, keys);
      each(name, Entry(reader, *table, path));
    }
  }
}

}  // namespace

void read_hooks(TomlReader& reader, const toml::table& root, Config& config) {
  read_each(
      reader, root, "hooks",
      {"scheme", "secret", "secrets", "agent", "session", "tenant", "map", "events", "tolerance"},
      [&](const std::string& name, Entry entry) { config.hooks[name] = read_hook(entry); });
  read_each(
      reader, root, "webhooks",
      {"url", "secret", "secrets", "events", "agents", "tenant", "for_runs", "contents",
       "allow_private"},
      [&](const std::string& name, Entry entry) { config.webhooks[name] = read_webhook(entry); });
  read_each(
      reader, root, "schedules",
      {"cron", "zone", "agent", "task", "input", "session", "tenant", "limits", "missed",
       "enabled"},
      [&](const std::string& name, Entry entry) { config.schedules[name] = read_schedule(entry); });
}

}  // namespace yoke

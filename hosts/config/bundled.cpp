#include "hosts/config/bundled.h"

#include <algorithm>

#include "hosts/config/toml_json.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

enum class KnobKind : std::uint8_t { text, texts, secret, text_table, secret_table, any_table };

struct Key {
  std::string name;
  KnobKind kind = KnobKind::text;
  bool needed = false;
};

struct Group {
  std::string name;
  std::vector<Key> keys;
};

const std::vector<Group>& groups() {
  static const std::vector<Group> all = {
      {"csv", {{"read", KnobKind::texts}}},
      {"files", {{"read", KnobKind::texts}, {"write", KnobKind::texts}}},
      {"http", {{"net", KnobKind::texts, true}, {"secrets", KnobKind::secret_table}}},
      {"json", {{"read", KnobKind::texts}}},
      {"mail",
       {{"from", KnobKind::text, true},
        {"smtp", KnobKind::text},
        {"user", KnobKind::secret},
        {"password", KnobKind::secret},
        {"webhook", KnobKind::text},
        {"key", KnobKind::secret},
        {"to", KnobKind::texts}}},
      {"math", {}},
      {"memory", {}},
      {"notes", {}},
      {"sqlite", {{"read", KnobKind::texts, true}}},
      {"text", {}},
      {"time", {}},
      {"web",
       {{"provider", KnobKind::text, true},
        {"url", KnobKind::text},
        {"key", KnobKind::secret},
        {"net", KnobKind::texts},
        {"target", KnobKind::text},
        {"query", KnobKind::text_table},
        {"headers", KnobKind::text_table},
        {"body", KnobKind::any_table},
        {"results", KnobKind::text},
        {"title", KnobKind::text},
        {"link", KnobKind::text},
        {"snippet", KnobKind::text},
        {"key_header", KnobKind::text},
        {"key_query", KnobKind::text},
        {"key_prefix", KnobKind::text}}},
  };
  return all;
}

const std::vector<std::string> kProviders = {"searxng", "brave", "custom"};

// Reads one section. The first thing that is wrong is the error.
class Section {
 public:
  Section(const Config& config, const Group& group, const toml::table& table)
      : config_(config), group_(group), table_(table) {}

  Result<BundledConfig> read() {
    out_.line = line_of(table_);
    std::vector<std::string> known = {"enabled"};
    for (const Key& key : group_.keys) known.push_back(key.name);
    for (const auto& [name, node] : table_) {
      const std::string key(name.str());
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        return fail(node, "unknown key '" + full(key) + "'" + did_you_mean(key, known));
      }
    }
    if (const toml::node* enabled = table_.get("enabled")) {
      const auto value = enabled->value_exact<bool>();
      if (!value) return fail(*enabled, "'" + full("enabled") + "' must be true or false");
      out_.enabled = *value;
    }
    for (const Key& key : group_.keys) {
      if (Result<void> read = read_key(key); !read) return read.error();
    }
    if (Result<void> checked = check_mail(); !checked) return checked.error();
    if (Result<void> checked = check_web(); !checked) return checked.error();
    if (group_.name == "files" && out_.settings.empty()) {
      return fail(table_, "'bundled.files' names no folder: add read = [\"data\"] or write = …");
    }
    return std::move(out_);
  }

 private:
  static int line_of(const toml::node& node) { return static_cast<int>(node.source().begin.line); }
  std::string full(const std::string& key) const { return "bundled." + group_.name + "." + key; }
  Error fail(const toml::node& node, const std::string& what) const {
    return Error{Errc::invalid, what, config_.file + ":" + std::to_string(line_of(node))};
  }
  bool has(const char* key) const { return out_.settings.contains(key); }

  Result<void> read_key(const Key& key) {
    const toml::node* node = table_.get(key.name);
    if (node == nullptr) {
      if (!key.needed) return {};
      return fail(table_, "'" + full(key.name) + "' is missing");
    }
    const std::optional<Json> value = json_of(*node);
    if (!value) return fail(*node, "'" + full(key.name) + "' holds what JSON does not have");
    if (const char* wanted = misfit(key, *value); wanted != nullptr) {
      return fail(*node, "'" + full(key.name) + "' must be " + wanted);
    }
    if (key.kind == KnobKind::secret) {
      if (Result<void> is = is_secret(*node, value->get<std::string>()); !is) return is;
    }
    if (key.kind == KnobKind::secret_table) {
      for (const auto& [name, place] : value->items()) {
        if (Result<void> is = is_secret(*node, name); !is) return is;
      }
    }
    out_.settings[key.name] = *value;
    return {};
  }

  static const char* misfit(const Key& key, const Json& value) {
    const auto is_text = [](const Json& item) { return item.is_string(); };
    switch (key.kind) {
      case KnobKind::texts:
        if (value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), is_text))
          return nullptr;
        return "a list of strings that is not empty";
      case KnobKind::text_table:
        if (value.is_object() && std::all_of(value.begin(), value.end(), is_text)) return nullptr;
        return "a table of strings";
      case KnobKind::any_table:
      case KnobKind::secret_table:
        return value.is_object() ? nullptr : "a table";
      default:
        return value.is_string() && !value.get<std::string>().empty() ? nullptr
                                                                      : "a string, not empty";
    }
  }

  // A secret is named, never written here.
  Result<void> is_secret(const toml::node& node, const std::string& name) const {
    if (config_.secrets.contains(name)) return {};
    std::vector<std::string> names;
    for (const auto& [known, reference] : config_.secrets) names.push_back(known);
    return fail(node, "there is no secret '" + printable(shorten(name, 60)) + "' under [secrets]" +
                          did_you_mean(name, names));
  }

  Result<void> check_mail() const {
    if (group_.name != "mail") return {};
    if (has("smtp") == has("webhook")) {
      return fail(table_,
                  "'bundled.mail' needs one way to send: smtp = \"host:587\" or webhook = "
                  "\"https://…\"");
    }
    if (has("webhook") && (has("user") || has("password"))) {
      return fail(table_, "'bundled.mail': user and password are for smtp; a webhook takes key");
    }
    if (has("smtp") && has("key")) {
      return fail(table_, "'bundled.mail': key is for a webhook; smtp takes user and password");
    }
    if (has("user") != has("password")) {
      return fail(table_, "'bundled.mail' needs both user and password, or neither");
    }
    return {};
  }

  Result<void> check_web() const {
    if (group_.name != "web") return {};
    const std::string provider = string_at(out_.settings, "provider");
    if (std::find(kProviders.begin(), kProviders.end(), provider) == kProviders.end()) {
      return fail(*table_.get("provider"), "there is no provider '" + printable(provider) + "'" +
                                               did_you_mean(provider, kProviders) +
                                               "; there are searxng, brave and custom");
    }
    if (provider == "brave" && !has("key")) {
      return fail(table_, "'bundled.web': brave needs key, the name of a secret");
    }
    if (provider != "brave" && !has("url")) return fail(table_, "'bundled.web.url' is missing");
    if (provider == "custom" && !has("results")) {
      return fail(table_, "'bundled.web.results' is missing: where in the answer the results are");
    }
    const bool placed = has("key_header") != has("key_query");
    if (has("key") && provider != "brave" && !placed) {
      return fail(table_, "'bundled.web': say where the key goes, key_header or key_query");
    }
    return {};
  }

  const Config& config_;
  const Group& group_;
  const toml::table& table_;
  BundledConfig out_;
};

const Group* find_group(const std::string& name) {
  for (const Group& group : groups()) {
    if (group.name == name) return &group;
  }
  return nullptr;
}

Error wrong(const Config& config, const toml::node& node, const std::string& what) {
  return Error{Errc::invalid, what, config.file + ":" + std::to_string(node.source().begin.line)};
}

}  // namespace

Result<void> read_bundled(const toml::table& root, Config& config) {
  const toml::node* node = root.get("bundled");
  if (node == nullptr) return {};
  const toml::table* sections = node->as_table();
  if (sections == nullptr) return wrong(config, *node, "'bundled' must be a table");
  std::vector<std::string> names;
  for (const Group& group : groups()) names.push_back(group.name);
  for (const auto& [key, section] : *sections) {
    const std::string name(key.str());
    const Group* group = find_group(name);
    if (group == nullptr) {
      return wrong(config, section,
                   "unknown key 'bundled." + name + "'" + did_you_mean(name, names));
    }
    const toml::table* table = section.as_table();
    if (table == nullptr) return wrong(config, section, "'bundled." + name + "' must be a table");
    Result<BundledConfig> read = Section(config, *group, *table).read();
    if (!read) return read.error();
    config.bundled[name] = std::move(*read);
  }
  return {};
}

}  // namespace yoke

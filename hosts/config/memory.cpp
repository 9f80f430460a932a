#include "hosts/config/memory.h"

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::int64_t kEntriesMost = 10'000'000;
constexpr std::int64_t kTextMost = 1 << 20;

}  // namespace

void read_memory(TomlReader& reader, const toml::table& root, Config& config) {
  const toml::table* table = reader.table(root, "", "memory");
  if (table == nullptr) return;
  reader.check_keys(*table, "memory", {"embed", "entries", "text_max"});
  BundledConfig& memory = config.bundled["memory"];
  if (memory.line == 0) memory.line = line_of(*table);
  if (table->contains("embed")) {
    const std::string embed = reader.text(*table, "memory", "embed");
    if (trim(embed).empty()) {
      reader.fail(*table->get("embed"),
                  "'memory.embed' must be a route or backend/model, as in \"openai/"
                  "text-embedding-3-small\"");
    }
    memory.settings["embed"] = embed;
  }
  const auto entries = reader.whole(*table, "memory", "entries", 1, kEntriesMost);
  if (entries) memory.settings["entries"] = *entries;
  const auto text = reader.bytes(*table, "memory", "text_max");
  if (!text) return;
  if (*text < 1 || *text > kTextMost) {
    reader.fail(*table->get("text_max"), "'memory.text_max' must be from 1 byte to 1MiB");
  }
  memory.settings["text_bytes"] = *text;
}

}  // namespace yoke

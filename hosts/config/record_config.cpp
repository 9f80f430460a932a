#include "hosts/config/record_config.h"

#include "hosts/config/section.h"
#include "hosts/config/vault_place.h"
#include "runtime/base/text.h"

namespace yoke {

RecordConfig read_record_config(TomlReader& reader, const toml::table& root) {
  RecordConfig record;
  const toml::table* table = reader.table(root, "", "record");
  if (table == nullptr) return record;
  reader.check_keys(*table, "record", {"seal_every", "key", "public_keys"});
  record.line = line_of(*table);
  const auto every = reader.duration(*table, "record", "seal_every", true);
  if (every) record.seal_every = *every;
  record.key = reader.text(*table, "record", "key");
  if (!record.key.empty() && !is_reference(record.key)) {
    reader.fail(*table->get("key"),
                "'record.key' must say where the key is, not hold it: write \"file:PATH\" or "
                "\"vault:NAME\" (yoke store keygen makes one)");
  }
  record.public_keys = reader.texts(*table, "record", "public_keys");
  return record;
}

RetentionConfig read_retention_config(TomlReader& reader, const toml::table& root) {
  RetentionConfig retention;
  const toml::table* table = reader.table(root, "", "retention");
  if (table == nullptr) return retention;
  reader.check_keys(*table, "retention", {"completed", "failed", "cancelled", "quarantined"});
  for (const RunStatus status :
       {RunStatus::completed, RunStatus::failed, RunStatus::cancelled, RunStatus::quarantined}) {
    const std::string name(name_of(status));
    const auto age = reader.duration(*table, "retention", name.c_str());
    if (age) retention[status] = *age;
  }
  return retention;
}

Result<RecordConfig> record_config_of(const Config& config) {
  return section_of(config, read_record_config);
}

Result<RetentionConfig> retention_config_of(const Config& config) {
  return section_of(config, read_retention_config);
}

}  // namespace yoke

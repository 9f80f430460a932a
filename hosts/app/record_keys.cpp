#include "hosts/app/record_keys.h"

#include "hosts/config/read_file.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

Error at_key(const Config& config, const RecordConfig& record, const Error& error) {
  return Error{error.code, "[record] key: " + error.message(), place_in(config, record.line)};
}

// What was typed: the key itself, or a file with it.
Result<std::string> typed_key(const std::string& typed) {
  if (typed.starts_with("ed25519:")) return key_from_text(typed);
  const Result<std::string> text = read_file(typed);
  if (!text) return text.error();
  const Result<std::string> key = key_from_text(trim(*text));
  if (!key) return Error{Errc::invalid, key.error().detail, typed};
  return *key;
}

}  // namespace

Result<std::optional<SigningKey>> signing_key_of(const Config& config, const RecordConfig& record) {
  if (record.key.empty()) return std::optional<SigningKey>();
  Result<std::string> pem = resolve_reference(config, record.key);
  if (!pem) return at_key(config, record, pem.error());
  Result<SigningKey> key = SigningKey::from_pem(Secret(std::move(*pem)));
  if (!key) return at_key(config, record, key.error());
  return std::optional<SigningKey>(std::move(*key));
}

Result<std::vector<std::string>> known_keys(const Config& config,
                                            const std::vector<std::string>& more) {
  const Result<RecordConfig> record = record_config_of(config);
  if (!record) return record.error();
  std::vector<std::string> keys;
  for (const std::string& text : record->public_keys) {
    const Result<std::string> key = key_from_text(text);
    if (!key) {
      return Error{Errc::invalid, "[record] public_keys: " + key.error().detail,
                   place_in(config, record->line)};
    }
    keys.push_back(*key);
  }
  for (const std::string& typed : more) {
    const Result<std::string> key = typed_key(typed);
    if (!key) return key.error();
    keys.push_back(*key);
  }
  const Result<std::optional<SigningKey>> own = signing_key_of(config, *record);
  if (own && *own) keys.push_back((*own)->key());
  // Whoever only checks need not hold the private half, where the public one is named.
  if (!own && keys.empty()) return own.error();
  return keys;
}

}  // namespace yoke

#include "runtime/record/root_file.h"

#include "runtime/base/base64.h"
#include "runtime/record/signing_key.h"

namespace yoke {
namespace {

constexpr std::int64_t kRootFileVersion = 1;
// One head takes about 120 bytes.
constexpr JsonLimits kFileLimits{1u << 30, 8, 50'000'000};

Error not_a_root(const std::string& why) {
  return Error{Errc::invalid, "it is no exported root: " + why};
}

Result<Hash> hash_in(const Json& value, const char* key) {
  const Result<Hash> hash = hash_from_hex(string_at(value, key));
  if (!hash) return not_a_root(std::string("'") + key + "' is no hash");
  return *hash;
}

}  // namespace

Result<AuditRoot> audit_root_from(const Json& value) {
  AuditRoot root;
  root.store = string_at(value, "store");
  root.tenant = string_at(value, "tenant");
  root.n = integer_at(value, "n");
  root.runs = integer_at(value, "runs");
  const Result<Micros> at = micros_from_iso8601(string_at(value, "at"));
  if (!at) return not_a_root("'at' is no time");
  root.at = *at;
  for (const auto& [key, place] : {std::pair{"heads", &root.heads}, std::pair{"prev", &root.prev},
                                   std::pair{"root", &root.root}}) {
    const Result<Hash> hash = hash_in(value, key);
    if (!hash) return hash.error();
    *place = *hash;
  }
  if (!value.contains("key")) return root;
  const Result<std::string> key = key_from_text(string_at(value, "key"));
  if (!key) return not_a_root("'key' is no public key");
  root.key = *key;
  root.signature = from_base64(string_at(value, "signature")).value_or("");
  return root;
}

Result<std::vector<RunHead>> heads_from(const Json& value) {
  std::vector<RunHead> heads;
  if (value.is_null()) return heads;
  for (const Json& one : value) {
    const bool fits = one.is_array() && one.size() == 3 && one[0].is_string() &&
                      one[1].is_number_integer() && one[2].is_string();
    const Result<Hash> hash = fits ? hash_from_hex(one[2].get<std::string>())
                                   : Result<Hash>(not_a_root("a head is [run, event, hash]"));
    if (!hash) return not_a_root("a head is [run, event, hash]");
    heads.push_back(RunHead{one[0].get<std::string>(), one[1].get<std::int64_t>(), *hash});
  }
  return heads;
}

Json to_json(const AuditRoot& root) {
  Json out{{"store", root.store},       {"tenant", root.tenant},    {"n", root.n},
           {"at", to_iso8601(root.at)}, {"runs", root.runs},        {"heads", to_hex(root.heads)},
           {"prev", to_hex(root.prev)}, {"root", to_hex(root.root)}};
  if (!root.key.empty()) {
    out["key"] = key_text(root.key);
    out["signature"] = to_base64(root.signature);
  }
  return out;
}

Json heads_json(const std::vector<RunHead>& heads) {
  Json out = Json::array();
  for (const RunHead& head : heads) {
    out.push_back(Json::array({head.run_id, head.seq, to_hex(head.hash)}));
  }
  return out;
}

std::string root_file_text(const RootFile& file) {
  Json out = to_json(file.root);
  out["yoke_root"] = kRootFileVersion;
  if (file.heads.empty()) return to_pretty_text(out) + "\n";
  out["covers"] = heads_json(file.heads);
  return to_text(out) + "\n";
}

Result<RootFile> root_from_file(std::string_view text) {
  const Result<Json> value = parse_json(text, kFileLimits);
  if (!value) return not_a_root(value.error().message());
  const std::int64_t version = integer_at(*value, "yoke_root");
  if (version > kRootFileVersion) {
    return Error{Errc::unsupported, "it is of a later Yoke: use that one to check it"};
  }
  if (version != kRootFileVersion) return not_a_root("'yoke_root' is not there");
  Result<AuditRoot> root = audit_root_from(*value);
  if (!root) return root.error();
  if (root_hash(*root) != root->root) {
    return Error{Errc::invalid, "it was changed after it was exported: it does not match its hash"};
  }
  if (!root->key.empty() && !is_signed(*root)) {
    return Error{Errc::invalid,
                 "it was changed after it was exported: its signature is not by the key it names"};
  }
  Result<std::vector<RunHead>> heads = heads_from(member_at(*value, "covers"));
  if (!heads) return heads.error();
  return RootFile{std::move(*root), std::move(*heads)};
}

}  // namespace yoke

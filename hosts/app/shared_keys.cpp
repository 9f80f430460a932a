#include "hosts/app/shared_keys.h"

#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/http/url.h"
#include "tools/oauth/discovery.h"

namespace yoke {
namespace {

constexpr const char* kKeyPins = "keys";

std::string key_pin_name(const SharedKey& key, const std::string& origin) {
  const std::string who = key.package.empty() ? key.plugin : key.package + " (" + key.plugin + ")";
  return who + " " + key.reference + " " + origin;
}

// As people write it: without the port that the scheme has anyway.
std::vector<std::string> shown_origins(const std::vector<std::string>& origins) {
  std::vector<std::string> shown;
  for (const std::string& each : origins) {
    const Result<Url> url = parse_url(each);
    shown.push_back(url ? (url->tls ? "https://" : "http://") + url->authority() : each);
  }
  return shown;
}

class GrantedCredentials final : public Credentials {
 public:
  GrantedCredentials(SharedKey key, const KeyGrants& grants, std::unique_ptr<Credentials> inner)
      : key_(std::move(key)), grants_(grants), inner_(std::move(inner)) {}

  awaitable<Result<AuthorizedRequest>> authorize(HttpRequest request, std::string tenant,
                                                 Deadline deadline) override {
    const Result<void> permitted = permit(request.url);
    if (!permitted) co_return permitted.error();
    Result<AuthorizedRequest> authorized =
        co_await inner_->authorize(std::move(request), std::move(tenant), deadline);
    co_return authorized;
  }

  awaitable<Result<bool>> refused(AuthorizationRefusal refusal, Deadline deadline) override {
    const Result<void> permitted = permit(refusal.url);
    if (!permitted) co_return permitted.error();
    Result<bool> changed = co_await inner_->refused(std::move(refusal), deadline);
    co_return changed;
  }

 private:
  // Other origins than the key's are the inner one's to refuse.
  Result<void> permit(const std::string& asked) const {
    const Result<Url> url = parse_url(asked);
    if (!url) return url.error();
    std::vector<std::string> needed;
    if (holds(key_.to, url->origin())) needed.push_back(url->origin());
    if (!key_.token_origin.empty()) needed = union_of(std::move(needed), {key_.token_origin});
    std::erase_if(needed, [&](const std::string& each) { return grants_.has(key_, each); });
    if (needed.empty()) return {};
    return not_granted(key_, needed);
  }

  const SharedKey key_;
  const KeyGrants& grants_;
  const std::unique_ptr<Credentials> inner_;
};

}  // namespace

std::string KeyGrants::hash_of(const SharedKey& key, const std::string& origin) const {
  const std::string content =
      key.package.empty() ? grants_().pin_of("plugins", key.plugin) : key.content;
  Hasher hasher;
  hasher.field(key.plugin).field(key.package).field(content).field(key.reference).field(origin);
  return to_hex(hasher.finish());
}

bool KeyGrants::has(const SharedKey& key, const std::string& origin) const {
  return grants_().pin_of(kKeyPins, key_pin_name(key, origin)) == hash_of(key, origin);
}

std::vector<std::string> KeyGrants::missing(const SharedKey& key) const {
  std::vector<std::string> origins;
  for (const std::string& origin : key.to) {
    if (!has(key, origin)) origins.push_back(origin);
  }
  return origins;
}

Result<void> KeyGrants::grant(const SharedKey& key, Micros now) const {
  for (const std::string& origin : missing(key)) {
    const Result<void> pinned =
        grants_().pin(kKeyPins, key_pin_name(key, origin), hash_of(key, origin), now);
    if (!pinned) return pinned;
  }
  return {};
}

Result<void> KeyGrants::forget(const SharedKey& key, Micros now) const {
  for (const std::string& origin : key.to) {
    const std::string name = key_pin_name(key, origin);
    if (grants_().pin_of(kKeyPins, name).empty()) continue;
    const Result<void> taken = grants_().pin(kKeyPins, name, "", now);
    if (!taken) return taken;
  }
  return {};
}

std::string key_words(const SharedKey& key, const std::vector<std::string>& origins) {
  return key.plugin + " gets the key " + key.reference + " for " +
         join(shown_origins(origins), ", ");
}

std::string origins_line(const SharedKey& key, const std::vector<std::string>& origins) {
  std::string list;
  for (const std::string& each : shown_origins(origins)) {
    list += (list.empty() ? "\"" : ", \"") + each + "\"";
  }
  return "origins = [" + list + "] in [auth." + key.reference + "]";
}

Error not_granted(const SharedKey& key, const std::vector<std::string>& origins) {
  const std::string by_hand = key.package.empty() ? key.plugin : key.package;
  return Error{Errc::denied, "nobody has agreed that " + key_words(key, origins) +
                                 ": `yoke plugins grant " + by_hand + "` agrees, and so does " +
                                 origins_line(key, origins)};
}

std::unique_ptr<Credentials> granted_credentials(SharedKey key, const KeyGrants& grants,
                                                 std::unique_ptr<Credentials> inner) {
  return std::make_unique<GrantedCredentials>(std::move(key), grants, std::move(inner));
}

}  // namespace yoke

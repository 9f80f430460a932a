#include "tools/oauth/credentials.h"

#include "runtime/ports/tool.h"
#include "tools/broker/secrets.h"
#include "tools/oauth/origins.h"

namespace yoke {
namespace {

class NoCredentials final : public Credentials {
 public:
  awaitable<Result<AuthorizedRequest>> authorize(HttpRequest request, std::string,
                                                 Deadline) override {
    AuthorizedRequest same;
    same.request = std::move(request);
    co_return same;
  }
  awaitable<Result<bool>> refused(AuthorizationRefusal, Deadline) override { co_return false; }
};

// A key with a line break in it must not become two fields.
Result<void> check_key(const std::string& name, const Secret& key) {
  if (key.empty()) return Error{Errc::not_found, "the secret '" + name + "' is empty"};
  if (is_http_field_value(key.reveal())) return {};
  return Error{Errc::invalid, "the secret '" + name +
                                  "' cannot stand in a request: there is a line break or another "
                                  "control character in it"};
}

void add_query(std::string& url, const std::string& name, const std::string& value) {
  std::string fragment;
  if (const std::size_t hash = url.find('#'); hash != url.npos) {
    fragment = url.substr(hash);
    url.resize(hash);
  }
  const char* join = url.find('?') == url.npos ? "?" : "&";
  url += join + url_component(name) + "=" + url_component(value) + fragment;
}

void put_key(HttpRequest& request, const ApiKeyPlace& place, const std::string& key) {
  const std::string value = place.prefix + key;
  switch (place.in) {
    case ApiKeyPlace::In::header:
      return request.headers.set(place.name, value);
    case ApiKeyPlace::In::query:
      return add_query(request.url, place.name, value);
    case ApiKeyPlace::In::cookie: {
      const std::string before(request.headers.get("Cookie"));
      const std::string cookie = place.name + "=" + url_component(value);
      return request.headers.set("Cookie", before.empty() ? cookie : before + "; " + cookie);
    }
  }
}

class ApiKeyCredentials final : public Credentials {
 public:
  ApiKeyCredentials(ApiKeySettings settings, SecretSource& secrets)
      : settings_(std::move(settings)), secrets_(secrets) {}

  awaitable<Result<AuthorizedRequest>> authorize(HttpRequest request, std::string tenant,
                                                 Deadline deadline) override {
    const Result<void> allowed = permit_origin(request.url, settings_.origins);
    if (!allowed) co_return allowed.error();
    std::vector<std::string> names(1, settings_.secret);
    auto fetching = secrets_.fetch(std::move(names), tenant, deadline);
    const Result<void> fetched = co_await std::move(fetching);
    if (!fetched) co_return fetched.error();
    ToolRequest who;
    who.tenant = std::move(tenant);
    Result<Secret> key = secrets_.secret(settings_.secret, who);
    if (!key) co_return key.error();
    const Result<void> sound = check_key(settings_.secret, *key);
    if (!sound) co_return sound.error();
    AuthorizedRequest made;
    made.request = std::move(request);
    put_key(made.request, settings_.place, key->reveal());
    made.secrets.push_back(std::move(*key));
    co_return made;
  }

  // A key is what it is: no other one can be had.
  awaitable<Result<bool>> refused(AuthorizationRefusal, Deadline) override { co_return false; }

 private:
  const ApiKeySettings settings_;
  SecretSource& secrets_;
};

}  // namespace

std::unique_ptr<Credentials> no_credentials() { return std::make_unique<NoCredentials>(); }

std::unique_ptr<Credentials> api_key_credentials(ApiKeySettings settings, SecretSource& secrets) {
  return std::make_unique<ApiKeyCredentials>(std::move(settings), secrets);
}

std::string url_without_key(const std::string& url, const ApiKeyPlace& place) {
  if (place.in != ApiKeyPlace::In::query) return url;
  const std::string name = url_component(place.name) + "=";
  for (std::size_t at = url.find(name); at != url.npos; at = url.find(name, at + 1)) {
    if (at == 0 || (url[at - 1] != '?' && url[at - 1] != '&')) continue;
    const std::size_t value = at + name.size();
    const std::size_t end = url.find_first_of("&#", value);
    return url.substr(0, value) + "…" + (end == url.npos ? "" : url.substr(end));
  }
  return url;
}

}  // namespace yoke

#include "tools/plugins/plugin_tool.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "runtime/base/text.h"
#include "runtime/http/address.h"
#include "runtime/http/url.h"
#include "tools/broker/permit_address.h"
#include "tools/broker/secrets.h"
#include "tools/openapi/reply.h"
#include "tools/openapi/request.h"
#include "tools/plugins/plugin_result.h"

namespace yoke {
namespace {

ToolOutcome told(Outcome outcome, std::string message) {
  ToolOutcome made;
  made.outcome = outcome;
  made.message = shorten(printable(to_valid_utf8(message)), 2000);
  return made;
}

// Refused with words of ours alone: the run is as trusted as before.
ToolOutcome refused_by_us(std::string message) {
  ToolOutcome made = told(Outcome::denied, std::move(message));
  made.label = kTrustedPrivate;
  return made;
}

Outcome outcome_of(Errc code) {
  if (code == Errc::denied || code == Errc::not_found) return Outcome::denied;
  return code == Errc::timed_out ? Outcome::timeout : Outcome::error;
}

std::string server_of(const openapi::Operation& operation, const PluginServices& services) {
  const std::string chosen = services.choose_server ? services.choose_server(operation) : "";
  if (!chosen.empty() || operation.servers.empty()) return chosen;
  const Result<std::string> url = openapi::server_url(operation.servers.front());
  return url ? *url : std::string();
}

PermitRedirect within(const std::string& origin) {
  return [origin](const std::string& url) -> Result<void> {
    const Result<Url> next = parse_url(url);
    if (next && next->origin() == origin) return {};
    return Error{Errc::denied, "a redirect leads from " + origin + " to " + shown_url(url) +
                                   ", and a plugin stays on its host"};
  };
}

Result<void> permit_public_place(const std::string& host, const boost::asio::ip::address& address) {
  if (is_public_address(address)) return {};
  return Error{Errc::denied, "'" + host + "' leads to " + address.to_string() +
                                 ", which is no public address; the operator can allow it for the "
                                 "plugin as \"private:" +
                                 host + "\""};
}

}  // namespace

struct PluginTool::Fetched {
  std::optional<Error> error;
  HttpOutcome outcome;
  std::vector<Secret> secrets;
};

Result<std::unique_ptr<PluginTool>> PluginTool::make(const Plugin& plugin,
                                                     const PluginFunction& function,
                                                     PluginServices services) {
  ToolSpec spec = spec_of_function(plugin, function);
  Result<std::shared_ptr<const Schema>> schema = Schema::compile(spec.input_schema);
  if (!schema) {
    return Error{schema.error().code, "the arguments of " + spec.name +
                                          " cannot be checked: " + schema.error().message()};
  }
  auto tool = std::make_unique<PluginTool>(Made(), function, std::move(spec), std::move(*schema),
                                           std::move(services));
  tool->sign_in(server_of(*function.operation, tool->services_));
  return tool;
}

PluginTool::PluginTool(Made, PluginFunction function, ToolSpec spec,
                       std::shared_ptr<const Schema> schema, PluginServices services)
    : function_(std::move(function)),
      spec_(std::move(spec)),
      schema_(std::move(schema)),
      services_(std::move(services)) {}

void PluginTool::sign_in(const std::string& server) {
  CredentialsWanted wanted = function_.credentials;
  const Result<Url> url = parse_url(server);
  if (url) wanted.origins = {url->origin()};
  Result<Credentials*> found = services_.credentials.credentials_for(wanted);
  if (found) {
    credentials_ = *found;
  } else if (wanted.kind == CredentialsWanted::Kind::none) {
    none_ = no_credentials();
    credentials_ = none_.get();
  } else {
    unsigned_ = found.error();
  }
}

Result<Json> PluginTool::check(const Json& args) const {
  Json filled = schema_->with_defaults(args);
  const std::vector<SchemaError> errors = schema_->check(filled);
  if (errors.empty()) return filled;
  return Error{Errc::invalid, describe(errors)};
}

// Where the request may go.
Result<void> PluginTool::prepare(HttpRequest& request) const {
  const Result<Url> url = parse_url(request.url);
  if (!url) return url.error();
  const Result<std::string> host = normal_host(url->host);
  if (!host) return host.error();
  bool inside = false;
  bool plain = false;
  for (const HostPattern& pattern : services_.inside) {
    if (!pattern.covers(*host, url->port)) continue;
    inside = inside || pattern.inside;
    plain = plain || pattern.plain;
  }
  if (!url->tls && !plain) {
    return Error{Errc::denied, "'" + url->authority() +
                                   "' is asked without encryption; the operator can allow it for "
                                   "the plugin as \"http://" +
                                   url->authority() + "\""};
  }
  request.permit_address = inside ? permit_inside : permit_public_place;
  request.permit_redirect = within(url->origin());
  request.limits.redirects_max = services_.limits.redirects_max;
  request.limits.body_bytes_max = services_.limits.reply_bytes_max;
  if (!request.headers.has("user-agent")) request.headers.set("User-Agent", "yoke");
  return {};
}

awaitable<PluginTool::Fetched> PluginTool::fetch(HttpRequest request, ToolRequest call) {
  Fetched fetched;
  if (Result<void> permitted = prepare(request); !permitted) {
    fetched.error = permitted.error();
    co_return fetched;
  }
  HttpSinks none;
  Result<AuthorizedOutcome> sent =
      co_await send_authorized(services_.client, *credentials_, std::move(request), call.tenant,
                               call.deadline, std::move(none));
  if (!sent) {
    fetched.error = sent.error();
    co_return fetched;
  }
  fetched.outcome = std::move(sent->outcome);
  fetched.secrets = std::move(sent->secrets);
  co_return fetched;
}

ToolOutcome PluginTool::refused(const HttpFailure& failure, const SecretCutter& cutter) const {
  Outcome outcome = Outcome::error;
  if (failure.kind == HttpFailure::Kind::timeout) outcome = Outcome::timeout;
  if (failure.kind == HttpFailure::Kind::denied) outcome = Outcome::denied;
  return told(outcome, cutter.cut(failure.message));
}

ToolOutcome PluginTool::failed(const openapi::Answer& answer, int status,
                               const SecretCutter& cutter) const {
  std::string message = answer.message;
  const bool signs = function_.credentials.kind != CredentialsWanted::Kind::none;
  if (signs && (status == 401 || status == 403)) {
    message += "; the operator can sign in anew or set another key (yoke plugins login " +
               spec_.origin.substr(spec_.origin.find(':') + 1) + ")";
  }
  ToolOutcome made = told(Outcome::error, cutter.cut(message));
  made.label = label_of_results(function_.words.data);
  return made;
}

ToolOutcome PluginTool::finished(Json whole, const SecretCutter& cutter) const {
  Json value = cutter.cut_json(std::move(whole));
  if (function_.words.response) {
    value = shaped_result(*function_.words.response, std::move(value), services_.limits);
  }
  ToolOutcome made;
  made.label = label_of_results(function_.words.data);
  if (to_text(value).size() > services_.limits.value_bytes_max) {
    made.outcome = Outcome::error;
    made.message = "the reply is over " + std::to_string(services_.limits.value_bytes_max) +
                   " bytes: ask for less of it, by a filter or a smaller page";
    return made;
  }
  made.value = std::move(value);
  return made;
}

namespace {

// What has come of a call so far.
struct PagesSoFar {
  Json whole = nullptr;
  Json audit = Json::array();
  SecretCutter cutter;
  int pages = 0;
};

void note_request(PagesSoFar& so_far, const openapi::Request& request, int status) {
  const Result<Url> url = parse_url(request.url);
  if (!url) return;
  so_far.audit.push_back({{"method", request.method},
                          {"host", url->host},
                          {"path", url->target.substr(0, url->target.find('?'))},
                          {"status", status}});
}

}  // namespace

awaitable<ToolOutcome> PluginTool::call(ToolRequest request, CallContext& context) {
  if (credentials_ == nullptr) co_return refused_by_us(unsigned_.message());
  const openapi::Operation& operation = *function_.operation;
  openapi::CallTarget target;
  target.server_url = services_.choose_server ? services_.choose_server(operation) : "";
  Result<openapi::Request> made = openapi::make_request(operation, request.args, target);
  if (!made) co_return told(Outcome::error, made.error().message());
  openapi::Request asked = std::move(*made);
  PagesSoFar so_far;
  for (;;) {
    HttpRequest http = openapi::to_http(asked);
    Fetched fetched = co_await fetch(std::move(http), request);
    if (fetched.error) co_return told(outcome_of(fetched.error->code), fetched.error->message());
    for (const Secret& secret : fetched.secrets) so_far.cutter.add("secret", secret.reveal());
    if (const auto* failure = std::get_if<HttpFailure>(&fetched.outcome)) {
      co_return refused(*failure, so_far.cutter);
    }
    HttpResponse response = std::move(std::get<HttpResponse>(fetched.outcome));
    note_request(so_far, asked, response.status);
    const openapi::Reply reply{response.status, std::move(response.headers),
                               std::move(response.body)};
    openapi::Answer answer = openapi::read_reply(operation, reply);
    if (!answer.ok && so_far.pages == 0) co_return failed(answer, reply.status, so_far.cutter);
    if (!answer.ok) break;  // what the pages before it hold is an answer
    if (so_far.pages++ == 0) {
      so_far.whole = std::move(answer.value);
    } else if (!openapi::join_pages(operation, so_far.whole, answer.value)) {
      break;
    }
    if (so_far.pages >= services_.limits.pages_max || spec_.effect != Effect::read) break;
    Result<std::optional<openapi::Request>> next =
        openapi::next_page(operation, request.args, asked, reply);
    if (!next || !*next) break;
    asked = std::move(**next);
    context.progress(so_far.pages, services_.limits.pages_max, "pages read");
  }
  ToolOutcome done = finished(std::move(so_far.whole), so_far.cutter);
  done.audit = std::move(so_far.audit);
  done.meter = Json{{"pages", so_far.pages}};
  co_return done;
}

awaitable<ProbeOutcome> PluginTool::probe(ToolRequest, CallContext&) {
  ProbeOutcome unknown;
  co_return unknown;
}

}  // namespace yoke

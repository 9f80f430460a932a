#include "hosts/cli/sign_in.h"

#include "hosts/app/app.h"
#include "hosts/app/command.h"
#include "hosts/app/graph_settings.h"
#include "hosts/app/operator_credentials.h"
#include "hosts/cli/support.h"
#include "hosts/config/tenant_name.h"
#include "hosts/terminal/line_reader.h"
#include "runtime/base/text.h"
#include "runtime/loop/offload.h"

namespace yoke {
namespace {

constexpr std::chrono::seconds kSignOutTime{30};

CredentialsWanted::Service service_of(const SignInVerb& verb) {
  if (verb.graph) return CredentialsWanted::Service::graph;
  return verb.mcp ? CredentialsWanted::Service::mcp : CredentialsWanted::Service::plugin;
}

// A piece of the server's words, or its address, on one line of a terminal.
std::string shown_words(const std::string& text) { return shorten(printable(text), 200); }

std::string standing_words(const OAuthStanding& standing, Micros now) {
  std::string text = "signed in at " + shown_words(standing.issuer) + " as client " +
                     shown_words(standing.client_id);
  if (!standing.scopes.empty()) text += "; scopes: " + shown_words(join(standing.scopes, " "));
  if (standing.expires_at != 0) {
    const auto left = std::chrono::microseconds(std::max<Micros>(0, standing.expires_at - now));
    text += "; good for " + to_short_text(left);
    text += standing.renews ? ", then renewed by itself" : ", then to be done again";
  }
  return text;
}

Json json_of_standing(const OAuthStanding& standing) {
  Json json{{"issuer", standing.issuer},
            {"client_id", standing.client_id},
            {"scopes", standing.scopes},
            {"renews", standing.renews}};
  if (!standing.resource.empty()) json["resource"] = standing.resource;
  if (standing.expires_at != 0) json["expires_at"] = to_iso8601(standing.expires_at);
  return json;
}

std::unique_ptr<Consent> consent_for(App& app, Terminal& terminal, const CommonOptions& common,
                                     const SignInVerb& verb, std::uint16_t port) {
  const bool in_is_terminal = terminal.in_is_terminal();
  const TellAddress tell = [&terminal, json = common.json,
                            code = verb.code](const std::string& url) {
    if (json) terminal.out(to_text(Json{{"url", url}}) + "\n");
    terminal.line(code ? "Open this address in a browser and sign in. It then ends at a page that "
                         "cannot be reached: paste that page's address here."
                       : "Open this address in a browser on this machine and sign in:");
    terminal.line("\n  " + printable(url) + "\n");
  };
  if (!verb.code) return loopback_consent(app.executor(), tell, port);
  ReadAddress read = [&app, in_is_terminal]() -> awaitable<Result<std::string>> {
    auto job = [in_is_terminal] {
      LineReader reader(in_is_terminal, "");
      return reader.read("address: ");
    };
    auto work = offload(app.reader(), std::move(job));
    std::optional<std::string> line = co_await std::move(work);
    if (!line) co_return Error{Errc::cancelled, "no address was given"};
    co_return std::move(*line);
  };
  return pasted_consent(tell, std::move(read), port);
}

awaitable<int> sign_in_with(App& app, Terminal& terminal, CommonOptions common, SignInVerb verb,
                            std::chrono::milliseconds patience) {
  const Result<OAuthCredentials*> found = app.credentials().sign_in_of(service_of(verb), verb.name);
  if (!found) co_return fail(terminal, found.error());
  OAuthCredentials& credentials = **found;
  const std::unique_ptr<Consent> consent =
      consent_for(app, terminal, common, verb, credentials.settings().redirect_port);
  const Deadline deadline = LoopClock::now() + Deadline::duration(patience);
  const Result<OAuthStanding> standing =
      co_await credentials.sign_in(verb.tenant, *consent, deadline);
  if (!standing) co_return fail(terminal, standing.error());
  if (common.json) terminal.out(to_text(json_of_standing(*standing)) + "\n");
  if (!common.quiet) terminal.line(standing_words(*standing, SystemWallClock().now()));
  co_return kExitCompleted;
}

awaitable<int> sign_out_of(App& app, Terminal& terminal, CommonOptions common, SignInVerb verb) {
  const Result<OAuthCredentials*> found = app.credentials().sign_in_of(service_of(verb), verb.name);
  if (!found) co_return fail(terminal, found.error());
  const Deadline deadline = LoopClock::now() + Deadline::duration(kSignOutTime);
  const Result<bool> done = co_await (*found)->sign_out(verb.tenant, deadline);
  if (!done) co_return fail(terminal, done.error());
  if (!common.quiet) {
    terminal.line(*done ? "signed out of '" + verb.name + "'"
                        : "nobody was signed in to '" + printable(verb.name) + "'");
  }
  co_return kExitCompleted;
}

Result<std::chrono::milliseconds> check_sign_in(const SignInVerb& verb) {
  if (!is_tenant_name(verb.tenant)) {
    return Error{Errc::invalid, "a tenant's name is " + std::string(kTenantNameRule)};
  }
  return parse_duration(verb.timeout);
}

CLI::App* group_of(CLI::App& root, const std::string& name, const char* about) {
  const auto found = root.get_subcommands([&](CLI::App* app) { return app->get_name() == name; });
  if (!found.empty()) return found.front();
  CLI::App* group = root.add_subcommand(name, about);
  group->require_subcommand(1);
  return group;
}

enum class SignInGroup : std::uint8_t { plugins, mcp, graph };

void add_to_group(CLI::App& group, SignInGroup of, CommonOptions& common, SignInVerb& verb,
                  std::function<int()>& chosen) {
  const bool mcp = of == SignInGroup::mcp;
  const bool graph = of == SignInGroup::graph;
  const std::string words = graph ? "yoke graph " : mcp ? "yoke mcp " : "yoke plugins ";
  const auto add = [&](const char* name, const char* about,
                       int (*action)(const CommonOptions&, const SignInVerb&)) {
    CLI::App* app = group.add_subcommand(name, about);
    app->footer("Example:\n  " + words + name + (graph ? "" : " contacts"));
    if (!graph) {
      app->add_option("name", verb.name, mcp ? "Of [mcp.NAME]" : "Of [plugins.NAME]")->required();
    }
    app->add_option("--tenant", verb.tenant, "Who signs in; 'local' unless said");
    app->callback([&common, &verb, &chosen, mcp, graph, action] {
      verb.mcp = mcp;
      verb.graph = graph;
      if (graph) verb.name = kGraphName;
      chosen = [&common, &verb, action] { return action(common, verb); };
    });
    return app;
  };
  CLI::App* login = add("login", "Sign in to a service, and keep what it gives", sign_in);
  login->add_flag("--code", verb.code,
                  "No browser here: paste the address that another's browser ended at");
  login->add_option("--timeout", verb.timeout, "How long to wait; 5m unless said")
      ->type_name("TIME");
  add("logout", "Sign out: have it revoked there, forget it here", sign_out);
}

}  // namespace

int sign_in(const CommonOptions& common, const SignInVerb& verb) {
  const Result<std::chrono::milliseconds> patience = check_sign_in(verb);
  if (!patience) {
    Terminal terminal(common.color);
    return fail(terminal, patience.error());
  }
  return with_project(common, "", [&](App& app, Terminal& terminal) {
    return sign_in_with(app, terminal, common, verb, *patience);
  });
}

int sign_out(const CommonOptions& common, const SignInVerb& verb) {
  return with_project(common, "", [&](App& app, Terminal& terminal) {
    return sign_out_of(app, terminal, common, verb);
  });
}

void add_sign_in(CLI::App& root, CommonOptions& common, SignInVerb& verb,
                 std::function<int()>& chosen) {
  add_to_group(*group_of(root, "plugins", "Plugins and packages of others"), SignInGroup::plugins,
               common, verb, chosen);
  add_to_group(*group_of(root, "mcp", "Servers of the Model Context Protocol"), SignInGroup::mcp,
               common, verb, chosen);
  CLI::App* graph = group_of(root, "graph", "Microsoft Graph, for agents that look into it");
  graph->footer("Example:\n  yoke graph login");
  add_to_group(*graph, SignInGroup::graph, common, verb, chosen);
}

}  // namespace yoke

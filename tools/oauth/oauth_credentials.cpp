#include "tools/oauth/oauth_credentials.h"

#include "runtime/base/text.h"
#include "runtime/http/url.h"
#include "tools/oauth/oauth_seat.h"
#include "tools/oauth/origins.h"

namespace yoke {
namespace {

// A token that another was refused for, and that is refused at once as well, is not replaced again.
constexpr Micros kJustReplaced = 60LL * 1'000'000;

std::string of_tenant(const std::string& tenant) {
  return tenant == "local" ? std::string() : " --tenant " + tenant;
}

}  // namespace

OAuthCredentials::OAuthCredentials(OAuthSettings settings, OAuthServices services)
    : settings_(std::move(settings)), services_(services), talk_(settings_, services_) {}

OAuthCredentials::~OAuthCredentials() = default;

std::shared_ptr<OAuthCredentials::Seat> OAuthCredentials::seat(const std::string& tenant) {
  std::shared_ptr<Seat>& seat = seats_[tenant];
  if (!seat) seat = std::make_shared<Seat>(Seat{tenant});
  return seat;
}

OAuthSituation OAuthCredentials::situation(const Seat& seat) const {
  OAuthSituation now;
  now.grant = settings_.grant;
  now.service_says = !settings_.service_url.empty();
  now.server_is_known = !settings_.issuer.empty() || !settings_.token_url.empty();
  now.record = seat.record ? &*seat.record : nullptr;
  now.now = services_.wall.now();
  return now;
}

Result<void> OAuthCredentials::permit(const std::string& url) const {
  std::vector<std::string> origins = settings_.origins;
  if (const Result<Url> service = parse_url(settings_.service_url)) {
    origins.push_back(service->origin());
  }
  return permit_origin(url, origins);
}

Result<void> OAuthCredentials::permit_issuer(const Seat& seat,
                                             const AuthorizationServer& server) const {
  const bool holds_key = !settings_.client_secret.empty() || !settings_.private_key.empty();
  const bool is_said = !settings_.issuer.empty() || !settings_.token_url.empty();
  if (!holds_key || is_said || !seat.record) return {};
  const std::string& before = seat.record->server.issuer;
  if (before.empty() || before == server.issuer) return {};
  const std::string now = shorten(printable(server.issuer), 200);
  return Error{Errc::denied, "the service named " + shorten(printable(before), 200) +
                                 " to sign in at, and names " + now +
                                 " now; where that is right, write issuer = \"" + now + "\" into " +
                                 settings_.section};
}

Error OAuthCredentials::nobody_signed_in(const std::string& tenant, const std::string& why) const {
  return Error{Errc::denied, why + "; sign in with: " + settings_.login + of_tenant(tenant)};
}

awaitable<Result<void>> OAuthCredentials::load(Seat& seat, bool again) {
  if (seat.loaded && !again) co_return Result<void>();
  const Result<std::optional<Secret>> text =
      co_await services_.shelf.take(seat.tenant, settings_.name);
  if (!text) co_return text.error();
  seat.loaded = true;
  std::optional<OAuthRecord> kept;
  if (*text) {
    Result<OAuthRecord> record = record_of_text(**text);
    // What an operator has since changed makes it somebody else's.
    if (record && belongs_to(*record, settings_)) kept = std::move(*record);
  }
  const auto token_of = [](const std::optional<OAuthRecord>& record) {
    return record ? record->access_token.reveal() : std::string();
  };
  if (token_of(kept) != token_of(seat.record)) seat.edition += 1;
  seat.record = std::move(kept);
  co_return Result<void>();
}

// First kept, then used: what is used and lost would be a sign-in that cannot be renewed.
awaitable<Result<void>> OAuthCredentials::keep(Seat& seat, OAuthRecord record) {
  Secret text = text_of_record(record);
  const Result<void> kept =
      co_await services_.shelf.put(seat.tenant, settings_.name, std::move(text));
  if (!kept) co_return kept.error();
  seat.record = std::move(record);
  seat.edition += 1;
  co_return Result<void>();
}

awaitable<Result<AuthorizedRequest>> OAuthCredentials::authorize(HttpRequest request,
                                                                 std::string tenant,
                                                                 Deadline deadline) {
  const Result<void> permitted = permit(request.url);
  if (!permitted) co_return permitted.error();
  const std::shared_ptr<Seat> seat = this->seat(tenant);
  const Turn turn = co_await Turn::take(seat);
  const Result<void> loaded = co_await load(*seat, false);
  if (!loaded) co_return loaded.error();
  BeforeStep step = step_before(situation(*seat));
  if (step == BeforeStep::renew) {
    const Result<bool> renewed = co_await renew(*seat, deadline);
    const bool may_ask = services_.consent != nullptr && !settings_.service_url.empty();
    const bool goes_on = renewed || (may_ask && renewed.error().code == Errc::denied);
    if (!goes_on) co_return renewed.error();
    seat->replaced = false;
    step = step_before(situation(*seat));
  }
  if (step == BeforeStep::fetch) {
    std::vector<std::string> scopes;
    const Result<void> fetched = co_await fetch(*seat, "", std::move(scopes), deadline);
    if (!fetched) co_return fetched.error();
    seat->replaced = false;
    step = BeforeStep::use;
  }
  AuthorizedRequest made;
  made.request = std::move(request);
  made.edition = seat->edition;
  if (step == BeforeStep::send_plain) co_return made;
  if (step != BeforeStep::use) {
    co_return nobody_signed_in(tenant, "nobody has signed in for " + settings_.section);
  }
  const Secret& token = seat->record->access_token;
  made.request.headers.set("Authorization", "Bearer " + token.reveal());
  made.secrets.push_back(token);
  co_return made;
}

awaitable<Result<bool>> OAuthCredentials::refused(AuthorizationRefusal refusal, Deadline deadline) {
  const std::shared_ptr<Seat> seat = this->seat(refusal.tenant);
  const Turn turn = co_await Turn::take(seat);
  const Result<void> loaded = co_await load(*seat, false);
  if (!loaded) co_return loaded.error();
  OAuthRefused said;
  said.status = refusal.status;
  said.challenge = bearer_challenge(refusal.headers);
  said.same_token = refusal.edition == seat->edition;
  said.step_ups = seat->step_ups;
  const OAuthSituation now = situation(*seat);
  said.just_replaced =
      seat->replaced && seat->record && now.now < seat->record->obtained_at + kJustReplaced;
  BearerChallenge challenge = said.challenge.value_or(BearerChallenge());
  switch (step_after(now, said)) {
    case AfterStep::again:
      co_return true;
    case AfterStep::give_up:
      co_return false;
    case AfterStep::widen: {
      const Result<bool> widened = co_await widen(*seat, std::move(challenge), deadline);
      if (!widened) co_return widened.error();
      co_return *widened;
    }
    case AfterStep::fetch: {
      std::vector<std::string> scopes = challenge.scopes;
      const Result<void> fetched =
          co_await fetch(*seat, challenge.resource_metadata, std::move(scopes), deadline);
      if (!fetched) co_return fetched.error();
      seat->replaced = true;
      co_return true;
    }
    case AfterStep::renew: {
      const Result<bool> renewed = co_await renew(*seat, deadline);
      if (!renewed && renewed.error().code != Errc::denied) co_return renewed.error();
      if (!renewed || !*renewed) break;
      seat->replaced = true;
      co_return true;
    }
    case AfterStep::start_over:
      break;
  }
  const Result<bool> done = co_await start_over(*seat, std::move(challenge), deadline);
  // Not the Result itself: one of bool is made of another by asking whether that holds a value.
  if (!done) co_return done.error();
  co_return *done;
}

awaitable<Result<bool>> OAuthCredentials::renew(Seat& seat, Deadline deadline) {
  Result<std::unique_ptr<TokenShelf::Hold>> hold =
      co_await services_.shelf.hold(seat.tenant, settings_.name, deadline);
  if (!hold) co_return hold.error();
  const std::uint64_t before = seat.edition;
  const Result<void> loaded = co_await load(seat, true);
  if (!loaded) co_return loaded.error();
  // Another process was faster.
  if (seat.edition != before && seat.record && seat.record->has_tokens()) co_return true;
  if (!seat.record || seat.record->refresh_token.empty()) co_return false;
  OAuthRecord record = *seat.record;
  FormPairs form = refresh_form(record);
  Result<TokenReply> reply =
      co_await talk_.ask_for_tokens(record, seat.tenant, std::move(form), deadline);
  if (reply) {
    take_tokens(record, std::move(*reply), services_.wall.now());
    const Result<void> kept = co_await keep(seat, std::move(record));
    if (!kept) co_return kept.error();
    co_return true;
  }
  const Errc code = reply.error().code;
  if (code != Errc::denied && code != Errc::not_found) co_return reply.error();
  // The tokens are of no use to anybody; who this program is there stays known, unless it is not.
  record.access_token = Secret();
  record.refresh_token = Secret();
  if (code == Errc::not_found) record.client = OAuthClient();
  const Result<void> kept = co_await keep(seat, std::move(record));
  if (!kept) co_return kept.error();
  co_return nobody_signed_in(seat.tenant, reply.error().detail);
}

awaitable<Result<void>> OAuthCredentials::fetch(Seat& seat, std::string said,
                                                std::vector<std::string> scopes,
                                                Deadline deadline) {
  Result<OAuthTalk::Found> found = co_await talk_.find_server(std::move(said), deadline);
  if (!found) co_return found.error();
  const Result<void> permitted = permit_issuer(seat, found->server);
  if (!permitted) co_return permitted.error();
  OAuthRecord record;
  const std::vector<std::string> none;
  const ScopeSources sources{settings_.scopes, scopes, found->scopes,
                             seat.record ? seat.record->wanted : none};
  record.asked = scopes_to_ask(sources, found->server, settings_.grant);
  const Result<void> fetched = co_await talk_.fetch_secrets(seat.tenant, deadline);
  if (!fetched) co_return fetched.error();
  Result<OAuthClient> client = talk_.given_client(found->server, seat.tenant);
  if (!client) co_return client.error();
  client->secret = Secret();  // is looked up when it is used, and kept where it is
  record.server = std::move(found->server);
  record.client = std::move(*client);
  record.resource = std::move(found->resource);
  FormPairs form = client_credentials_form(record.asked, record.resource, settings_.more);
  Result<TokenReply> reply =
      co_await talk_.ask_for_tokens(record, seat.tenant, std::move(form), deadline);
  if (!reply) co_return reply.error();
  take_tokens(record, std::move(*reply), services_.wall.now());
  const Result<void> kept = co_await keep(seat, std::move(record));
  co_return kept;
}

awaitable<Result<bool>> OAuthCredentials::widen(Seat& seat, BearerChallenge challenge,
                                                Deadline deadline) {
  OAuthRecord record = *seat.record;
  record.wanted = union_of(union_of(record.asked, record.wanted), challenge.scopes);
  const std::string more = join(challenge.scopes, " ");
  const Result<void> kept = co_await keep(seat, std::move(record));
  if (!kept) co_return kept.error();
  seat.step_ups += 1;
  challenge.scopes = seat.record->wanted;
  if (settings_.grant == OAuthSettings::Grant::client_credentials) {
    const Result<void> fetched =
        co_await fetch(seat, challenge.resource_metadata, challenge.scopes, deadline);
    if (!fetched) co_return fetched.error();
    co_return true;
  }
  if (services_.consent == nullptr) {
    co_return nobody_signed_in(seat.tenant, "the service wants more rights than were given (" +
                                                shorten(printable(more), 200) + ")");
  }
  const Result<void> asked = co_await ask(seat, std::move(challenge), *services_.consent, deadline);
  if (!asked) co_return asked.error();
  co_return true;
}

awaitable<Result<bool>> OAuthCredentials::start_over(Seat& seat, BearerChallenge challenge,
                                                     Deadline deadline) {
  if (settings_.grant == OAuthSettings::Grant::client_credentials) {
    const Result<void> fetched =
        co_await fetch(seat, challenge.resource_metadata, challenge.scopes, deadline);
    if (!fetched) co_return fetched.error();
    seat.replaced = true;
    co_return true;
  }
  if (services_.consent == nullptr) {
    const bool had = seat.record && seat.record->has_tokens();
    co_return nobody_signed_in(
        seat.tenant, had ? "the service no longer accepts the sign-in of " + settings_.section
                         : "nobody has signed in for " + settings_.section);
  }
  const Result<void> asked = co_await ask(seat, std::move(challenge), *services_.consent, deadline);
  if (!asked) co_return asked.error();
  seat.replaced = true;
  co_return true;
}

}  // namespace yoke

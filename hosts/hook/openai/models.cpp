#include "hosts/hook/openai/models.h"

#include "hosts/hook/model_name.h"
#include "hosts/hook/openai/fields.h"
#include "hosts/hook/visible.h"
#include "runtime/base/text.h"

namespace yoke::openai {
namespace {

bool may_ask(const Principal& who, const std::string& id) {
  constexpr std::string_view kAgent = "agent/";
  if (id.starts_with(kAgent)) {
    return who.scopes.has(Scope::run) && may_use_agent(who, id.substr(kAgent.size()));
  }
  return who.scopes.has(Scope::models) && may_use_model(who, id);
}

Json model_json(const ModelListing& listing) {
  Json out{{"id", listing.id},
           {"object", "model"},
           {"created", 0},  // nobody knows when
           {"owned_by", listing.owned_by}};
  if (!listing.description.empty()) out["description"] = listing.description;
  return out;
}

}  // namespace

HttpReply list_models(HookServices services, const Principal& who) {
  Json models = Json::array();
  for (const ModelListing& listing : list_model_names(services.app)) {
    if (may_ask(who, listing.id)) models.push_back(model_json(listing));
  }
  return json_reply(200, Json{{"object", "list"}, {"data", std::move(models)}});
}

HttpReply show_model(HookServices services, const Principal& who, const std::string& id) {
  const auto hidden = [&] {
    return refuse(ErrorShape::openai,
                  no_such_model("the model '" + shorten(printable(id), 120) +
                                "' does not exist, or this key may not use it"));
  };
  const Result<ModelName> name = find_model_name(services.app, id);
  if (!name && is_bound(who)) return hidden();
  if (!name) {
    const bool ambiguous = name.error().code == Errc::invalid;
    return refuse(ErrorShape::openai, ambiguous ? bad_param("model", name.error().detail)
                                                : no_such_model(name.error().detail));
  }
  const std::string full = full_name(*name);
  if (!may_ask(who, full)) return hidden();
  for (const ModelListing& listing : list_model_names(services.app)) {
    if (listing.id == full) return json_reply(200, model_json(listing));
  }
  return json_reply(200, model_json({full, full.substr(0, full.find('/')), ""}));
}

}  // namespace yoke::openai

#include "hosts/hook/openai/openai.h"

#include "hosts/hook/openai/chat.h"
#include "hosts/hook/openai/conversations.h"
#include "hosts/hook/openai/embeddings.h"
#include "hosts/hook/openai/input_items.h"
#include "hosts/hook/openai/models.h"
#include "hosts/hook/openai/responses.h"

namespace yoke {
namespace {

using Answer = std::function<awaitable<HttpReply>(HookServices, HookCall)>;

awaitable<HttpReply> answer_models(HookServices services, HookCall call) {
  co_return openai::list_models(services, call.who);
}

awaitable<HttpReply> answer_model(HookServices services, HookCall call) {
  co_return openai::show_model(services, call.who, call.args.at(0));
}

class Adding {
 public:
  Adding(Endpoints& endpoints, HookServices services)
      : endpoints_(endpoints), services_(services) {}

  // Agents take the scope "run", routes and models "models": the endpoint checks which.
  void add(const char* method, const char* path, Answer answer) {
    add_for_models(method, path, std::move(answer));
    endpoints_.back().or_scope = Scope::run;
  }
  void add_for_models(const char* method, const char* path, Answer answer) {
    Endpoint endpoint;
    endpoint.method = method;
    endpoint.path = path;
    endpoint.scope = Scope::models;
    endpoint.errors = ErrorShape::openai;
    endpoint.answer = [services = services_, answer = std::move(answer)](HookCall call) {
      return answer(services, std::move(call));
    };
    endpoints_.push_back(std::move(endpoint));
  }

 private:
  Endpoints& endpoints_;
  HookServices services_;
};

}  // namespace

void add_openai(Endpoints& endpoints, HookServices services) {
  Adding adding(endpoints, services);
  adding.add("GET", "/v1/models", answer_models);
  adding.add("GET", "/v1/models/{id...}", answer_model);
  adding.add("POST", "/v1/chat/completions", openai::answer_chat);
  auto line = std::make_shared<openai::ConversationLine>();
  adding.add("POST", "/v1/responses", [line](HookServices here, HookCall call) {
    return openai::answer_response(here, line, std::move(call));
  });
  adding.add("GET", "/v1/responses/{id}", openai::show_response);
  adding.add("DELETE", "/v1/responses/{id}", openai::delete_response);
  adding.add("POST", "/v1/responses/{id}/cancel", openai::cancel_response);
  adding.add("GET", "/v1/responses/{id}/input_items", openai::list_input_items);
  adding.add("POST", "/v1/conversations", openai::create_conversation);
  adding.add("POST", "/v1/conversations/{id}", [line](HookServices here, HookCall call) {
    return openai::change_conversation(here, line, std::move(call));
  });
  adding.add("GET", "/v1/conversations/{id}/items", openai::list_conversation_items);
  adding.add("GET", "/v1/conversations/{id}", openai::show_conversation);
  adding.add("DELETE", "/v1/conversations/{id}", openai::delete_conversation);
  adding.add_for_models("POST", "/v1/embeddings", openai::answer_embed);
}

}  // namespace yoke

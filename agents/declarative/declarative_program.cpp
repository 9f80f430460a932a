#include "agents/declarative/declarative_program.h"

#include "agents/definition.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kAnswersBytesMax = 32u << 10;
constexpr std::size_t kNameBytesMax = 48;

constexpr const char* kNoModelKnowledge =
    "Answer from what your tools and this conversation tell you, not from what you learned before. "
    "Where they do not hold the answer, say that you do not know it.";

void add_section(std::string& text, const std::string& section) {
  if (section.empty()) return;
  if (!text.empty()) text += "\n\n";
  text += section;
}

// As many as there is room for.
std::string answers_section(const DeclarativeAgent& agent) {
  if (agent.answers.empty()) return {};
  std::string out =
      "# Set answers\nWhere a question means the same as one of these, give its answer word for "
      "word.";
  for (const EditorialAnswer& each : agent.answers) {
    const std::string next = "\n- Question: " + each.question + "\n  Answer: " + each.answer;
    if (out.size() + next.size() > kAnswersBytesMax) break;
    out += next;
  }
  return out;
}

std::string notes_section(const std::vector<std::string>& notes) {
  if (notes.empty()) return {};
  std::string out = "# What you have";
  for (const std::string& note : notes) out += "\n- " + note;
  return out;
}

}  // namespace

std::string instructions_of(const DeclarativeAgent& agent, const DeclarativeMeans& means) {
  std::string text = agent.instructions.empty() ? agent.description : agent.instructions;
  add_section(text, answers_section(agent));
  add_section(text, notes_section(means.notes));
  if (agent.discourage_model_knowledge) add_section(text, kNoModelKnowledge);
  return text;
}

Result<std::shared_ptr<const Agent>> agent_from_declarative(const DeclarativeAgent& agent,
                                                            const DeclarativeMeans& means) {
  AgentSpec spec;
  spec.name = means.name.empty() ? plain_agent_name(agent.name) : means.name;
  spec.description = agent.description;
  spec.model = means.model;
  spec.instructions = instructions_of(agent, means);
  spec.tools = means.tools;
  if (means.writes_code) spec.strategy = "code";
  StrategyOptions options;
  if (agent.mode == ResponseMode::quick) options.reasoning_effort = "low";
  if (agent.mode == ResponseMode::deep) options.reasoning_effort = "high";
  return make_agent(std::move(spec), std::move(options));
}

std::string plain_agent_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const bool capital = c >= 'A' && c <= 'Z';
    if (letter || capital) {
      out += capital ? static_cast<char>(c - 'A' + 'a') : c;
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
    if (out.size() >= kNameBytesMax) break;
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out.empty() ? "agent" : out;
}

}  // namespace yoke

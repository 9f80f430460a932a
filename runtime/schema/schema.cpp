#include "runtime/schema/schema.h"

#include "runtime/schema/evaluate.h"

namespace yoke {
namespace {

constexpr std::size_t kErrorsDescribedMax = 5;
constexpr int kDefaultsDepthMax = 64;
constexpr std::size_t kDefaultsStepsMax = 200'000;

class DefaultsFiller {
 public:
  void fill(const schema::Node& node, Json& value) {
    if (depth_ >= kDefaultsDepthMax || ++steps_ > kDefaultsStepsMax) return;
    ++depth_;
    for (const auto* list : {&node.refs, &node.all_of}) {
      for (const schema::Node* one : *list) fill(*one, value);
    }
    if (value.is_array()) fill_items(node, value);
    if (value.is_object()) fill_properties(node, value);
    --depth_;
  }

 private:
  void fill_items(const schema::Node& node, Json& value) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      const bool is_first = i < node.first_items.size();
      const schema::Node* items = is_first ? node.first_items[i] : node.other_items;
      if (items == nullptr) return;
      fill(*items, value[i]);
    }
  }

  void fill_properties(const schema::Node& node, Json& value) {
    for (const auto& [name, property] : node.properties) {
      if (const auto member = value.find(name); member != value.end()) {
        fill(*property, *member);
      } else if (property->default_value) {
        value[name] = *property->default_value;
      }
    }
  }

  int depth_ = 0;
  std::size_t steps_ = 0;
};

}  // namespace

struct Schema::Compiled {
  std::unique_ptr<const schema::Program> program;
};

Schema::Schema(std::unique_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

Schema::~Schema() = default;

Result<std::shared_ptr<const Schema>> Schema::compile(const Json& schema) {
  auto program = schema::compile_program(schema);
  if (!program) return program.error();
  auto compiled = std::make_unique<Compiled>();
  compiled->program = std::move(*program);
  struct Made final : Schema {  // make_shared cannot reach a private constructor
    explicit Made(std::unique_ptr<const Compiled> compiled) : Schema(std::move(compiled)) {}
  };
  return std::shared_ptr<const Schema>(std::make_shared<Made>(std::move(compiled)));
}

bool Schema::fits(const Json& value) const { return schema::fits(*compiled_->program, value); }

std::vector<SchemaError> Schema::check(const Json& value) const {
  return schema::errors_of(*compiled_->program, value);
}

Json Schema::with_defaults(Json value) const {
  DefaultsFiller().fill(*compiled_->program->root, value);
  return value;
}

std::string describe(std::span<const SchemaError> errors) {
  std::string text;
  for (const SchemaError& error : errors.first(std::min(errors.size(), kErrorsDescribedMax))) {
    if (!text.empty()) text += "\n";
    text += "at " + error.path + ": expected " + error.expected + "; found " + error.found;
  }
  if (errors.size() > kErrorsDescribedMax) {
    text += "\nand " + std::to_string(errors.size() - kErrorsDescribedMax) + " more";
  }
  return text;
}

}  // namespace yoke

#include "hosts/cli/command_tree.h"
#include "runtime/base/ascii.h"
#include "runtime/base/text.h"

// Manual pages, in the macros of man(7).
namespace yoke {
namespace {

// As roff shows it: a hyphen stays the character that is typed, and no line begins a request.
std::string roff(const std::string& text) {
  std::string out;
  for (const char each : text) {
    if (each == '\\') {
      out += "\\e";
    } else if (each == '-') {
      out += "\\-";
    } else if (each == '\'') {
      out += "\\(aq";
    } else {
      const bool begins = out.empty() || out.back() == '\n';
      if (begins && each == '.') out += "\\&";
      out += each;
    }
  }
  return out;
}

std::string bold(const std::string& text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(const std::string& text) { return "\\fI" + roff(text) + "\\fR"; }

std::string full_name(const CommandNode& node) {
  return node.path.empty() ? "yoke" : "yoke " + join(node.path, " ");
}

std::string usage(const CommandNode& node) {
  std::string line = bold(full_name(node));
  if (!node.options.empty()) line += " [" + italic("options") + "]";
  if (!node.below.empty()) line += " " + italic("command");
  for (const CommandWord& word : node.words) {
    line += word.is_required ? " " + italic(word.name) : " [" + italic(word.name) + "]";
  }
  return line + "\n";
}

std::string words_text(const CommandNode& node) {
  std::string text;
  for (const CommandWord& word : node.words) {
    text += ".TP\n" + italic(word.name) + "\n" + roff(word.about) + "\n";
  }
  for (const CommandOption& option : node.options) {
    std::vector<std::string> names;
    for (const std::string& name : option.names) names.push_back(bold(name));
    text += ".TP\n" + join(names, ", ");
    if (!option.value.empty()) text += " " + italic(option.value);
    text += "\n" + roff(option.about) + "\n";
  }
  return text;
}

std::string example_text(const CommandNode& node) {
  if (node.example.empty()) return {};
  return ".PP\nExample:\n.PP\n.nf\n.RS\n" + roff(node.example) + "\n.RE\n.fi\n";
}

std::string head(const std::string& title, const std::string& about, const std::string& version) {
  return ".TH " + to_upper(title) + " 1 \"\" \"yoke " + version + "\" \"Yoke\"\n.SH NAME\n" +
         roff(title) + " \\- " + roff(about) + "\n";
}

std::string sections_below(const CommandNode& node) {
  std::string text;
  for (const CommandNode& below : node.below) {
    text += ".SS " + roff(full_name(below)) + "\n" + roff(below.about) + ".\n.PP\n" + usage(below) +
            words_text(below) + example_text(below) + sections_below(below);
  }
  return text;
}

ManPage verb_page(const CommandNode& node, const std::string& version) {
  const std::string title = "yoke-" + join(node.path, "-");
  std::string text = head(title, node.about, version) + ".SH SYNOPSIS\n" + usage(node) +
                     ".SH DESCRIPTION\n" + roff(node.about) + ".\n" + words_text(node) +
                     example_text(node);
  if (!node.below.empty()) text += ".SH COMMANDS\n" + sections_below(node);
  text += ".SH SEE ALSO\n" + bold("yoke") + "(1)\n";
  return ManPage{title + ".1", std::move(text)};
}

ManPage program_page(const CommandNode& root, const std::string& version) {
  std::string text =
      head("yoke", "run agents: durable, sandboxed, on any vendor's model", version) +
      ".SH SYNOPSIS\n" + usage(root) + ".SH DESCRIPTION\n" + roff(root.about) + "\n" +
      example_text(root) + ".SH COMMANDS\n";
  for (const CommandNode& below : root.below) {
    text += ".TP\n" + bold("yoke-" + join(below.path, "-")) + "(1)\n" + roff(below.about) + "\n";
  }
  text += ".SH OPTIONS\nThey hold for every command.\n" + words_text(root);
  text += ".SH EXIT STATUS\n";
  for (const auto& [status, meaning] :
       {std::pair{"0", "It is done; of a run: it completed."}, std::pair{"1", "It failed."},
        std::pair{"2", "The command, a file or the configuration is wrong; nothing was begun."},
        std::pair{"3", "A run waits for somebody."}, std::pair{"4", "A limit was reached."},
        std::pair{"130", "It was stopped."}}) {
    text += std::string(".TP\n") + status + "\n" + roff(meaning) + "\n";
  }
  text += ".SH FILES\n.TP\n" + italic("yoke.toml") + "\nThe project\\(aqs settings.\n.TP\n" +
          italic(".yoke/yoke.db") + "\nThe store of its runs, unless it names another.\n";
  return ManPage{"yoke.1", std::move(text)};
}

}  // namespace

std::vector<ManPage> man_pages(const CommandNode& root, const std::string& version) {
  std::vector<ManPage> pages = {program_page(root, version)};
  for (const CommandNode& below : root.below) pages.push_back(verb_page(below, version));
  return pages;
}

}  // namespace yoke

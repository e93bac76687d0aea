using System.CommandLine;

namespace HomeBridge.Hbctl.Commands;

/// <summary><c>hbctl completion</c>: what a shell evaluates. The words come from hbctl itself, so they are never out of date.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _hbctl() {
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$(hbctl "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _hbctl hbctl
        """;

    private const string Zsh = """
        _hbctl() {
          local -a words_found
          words_found=("${(@f)$(hbctl "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
          compadd -- $words_found
        }
        compdef _hbctl hbctl
        """;

    public static Command New()
    {
        var shell = new Argument<string>("shell") { Description = "bash or zsh." };
        shell.AcceptOnlyFromAmong("bash", "zsh");
        var command = new Command("completion", "Print what makes your shell complete hbctl.") { shell };
        command.SetAction(parsed =>
        {
            Console.Out.WriteLine(parsed.GetValue(shell) == "zsh" ? Zsh : Bash);
            return ExitCodes.Done;
        });
        return command.With("hbctl completion bash", "eval \"$(hbctl completion bash)\"", "eval \"$(hbctl completion zsh)\"");
    }
}

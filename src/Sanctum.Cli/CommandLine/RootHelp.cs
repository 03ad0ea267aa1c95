using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Sanctum.Cli.Terminals;

namespace Sanctum.Cli.CommandLine;

/// <summary>The help of <c>sanctum</c> alone ends with how to begin.</summary>
internal static class RootHelp
{
    /// <summary>How to begin.</summary>
    public const string Examples = """
          sanctum demo                           show the whole story once, on a throw-away vault
          sanctum init                           create a vault in ~/.sanctum
          sanctum daemon start                   start serving agents
          sanctum store openai/api_key --service openai
                                                 store a secret for this service; you are asked for it
          sanctum agent register helper          register an agent; its key goes to ~/.sanctum/keys/helper.key
          sanctum policy add helper-openai --principal agent:helper \
              --resources 'openai/*' --actions list,use
        """;

    /// <summary>What the exit codes mean.</summary>
    public const string ExitCodes = "0 done, 1 refused or not found, 2 wrong usage, 3 vault sealed, 4 no daemon or timed out.";

    public static void AddTo(Command root)
    {
        var help = new HelpOption();
        help.Action = new Action(Fitted((HelpAction)help.Action!));
        root.Options.Add(help);
        root.Options.Add(new VersionOption());

        // 'sanctum' alone is a question, not a mistake.
        root.SetAction(arguments => Fitted(new HelpAction()).Invoke(arguments) is var code ? Append(arguments, code) : code);
    }

    /// <summary>Whether a command is the executable itself.</summary>
    public static bool IsRoot(Command command) => !command.Parents.Any();

    // Found out here: asking the runtime has it write to the terminal.
    private static HelpAction Fitted(HelpAction help)
    {
        help.MaxWidth = StandardStreams.Columns ?? int.MaxValue;
        return help;
    }

    private static int Append(ParseResult arguments, int code)
    {
        if (IsRoot(arguments.CommandResult.Command))
        {
            arguments.InvocationConfiguration.Output.WriteLine($"Getting started:\n{Examples}\n\nExit codes: {ExitCodes}");
        }

        return code;
    }

    private sealed class Action(HelpAction inner) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult) => Append(parseResult, inner.Invoke(parseResult));
    }
}

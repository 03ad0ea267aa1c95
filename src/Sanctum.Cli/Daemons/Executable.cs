using System.Diagnostics;
using Sanctum.Cli.Operators;
using Sanctum.Cli.Terminals;
using Sanctum.Client;

namespace Sanctum.Cli.Daemons;

/// <summary>This program, to be started once more.</summary>
internal static class Executable
{
    /// <summary>What is typed for it: one word mostly.</summary>
    public static IReadOnlyList<string> Words() => Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet"
        ? [Environment.ProcessPath!, Path.GetFullPath(Environment.GetCommandLineArgs()[0])]
        : [Environment.ProcessPath!];

    /// <summary>How to start it, with all three streams as pipes and without what the new process has no business having or knowing.</summary>
    public static ProcessStartInfo Start(params IEnumerable<string> arguments)
    {
        InheritedDescriptors.KeepFromChildren();
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // 'dotnet sanctum.dll': then the process is dotnet, and the program is its first argument.
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(Path.GetFullPath(Environment.GetCommandLineArgs()[0]));
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // What is in a process's environment, every process of its user can read for as long as it runs.
        start.Environment.Remove(Passphrases.Variable);
        start.Environment.Remove(OperatorConnection.TokenVariable);

        // What is started from here is for a vault on this machine, whatever daemon the user works with otherwise.
        start.Environment.Remove(RemoteDaemon.Variable);
        start.Environment.Remove(SanctumEnvironment.AddressVariable);
        return start;
    }
}

using System.Text;
using Sanctum.Cli.Commands;
using Sanctum.Cli.Hosts;

namespace Sanctum.Cli.CommandLine;

/// <summary>The name that this executable was started by. By a link of Docker's name it is the command that Docker wants.</summary>
internal static class InvokedName
{
    private const string OwnCommandLine = "/proc/self/cmdline";

    /// <summary>The arguments, with the command before them where the name stands for it.</summary>
    public static string[] Complete(string[] arguments) => Path.GetFileName(Name()) == DockerDialogue.LinkName ? [DockerCredentialCommand.Name, .. arguments] : arguments;

    // Not what the runtime says: it has followed the link.
    private static string Name() => File.Exists(OwnCommandLine)
        ? Encoding.UTF8.GetString(File.ReadAllBytes(OwnCommandLine)).Split('\0')[0]
        : Environment.GetCommandLineArgs()[0];
}

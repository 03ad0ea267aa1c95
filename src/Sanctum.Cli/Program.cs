using System.CommandLine;
using System.CommandLine.Invocation;
using System.Text;
using Sanctum.Cli.Commands;
using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Libraries;
using Sanctum.Cli.Terminals;

// File modes, Unix sockets and terminals as POSIX has them.
[assembly: System.Runtime.Versioning.UnsupportedOSPlatform("windows")]

namespace Sanctum.Cli;

/// <summary>The one executable. What it can do is the list in <see cref="Commands"/>; each command is in the file of its name.</summary>
internal static class Program
{
    // Not the name that it was started by, as a RootCommand has it: a link called 'vault' would be two commands of one name.
    private const string Name = "sanctum";

    public static async Task<int> Main(string[] arguments)
    {
        StandardStreams.Use();
        CarriedLibraries.Use();
        Sanctum.Daemon.Hosting.ProcessHardening.IgnoreFileSizeSignal();

        // A word that begins with '@' is a word, not the name of a file to read arguments from.
        var parsed = Commands().Parse(InvokedName.Complete(arguments), new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction || UsageErrors.StrayOption(parsed) is not null)
        {
            return UsageErrors.Report(parsed);
        }

        try
        {
            return await parsed.InvokeAsync(Invocation()).ConfigureAwait(false);
        }
        catch (CliException e)
        {
            // Help and version have no Runner: all that can fail is writing them.
            using var terminal = new Terminal(json: false, verbose: false);
            var failure = Failure.From(e);
            terminal.Fail(failure);
            return failure.ExitCode;
        }
    }

    // Signals and exceptions are Runner's: it lets commands tidy up and shows errors the one way.
    private static InvocationConfiguration Invocation() => new()
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,
        Output = new StreamWriter(StandardStreams.OpenOutput(), new UTF8Encoding(false)) { AutoFlush = true },
    };

    internal static Command Commands()
    {
        var options = new GlobalOptions();
        var run = new Runner(options);
        var root = new Command(Name, "A vault for the credentials that AI agents work with.")
        {
            InitCommand.Create(run),
            new Command("daemon", "Start and stop the daemon that agents connect to, and show its status")
            {
                DaemonStartCommand.Create(run),
                DaemonStopCommand.Create(run),
                DaemonStatusCommand.Create(run),
            },
            new Command("node", "The daemons that serve the vault")
            {
                NodeListCommand.Create(run),
            },
            UnsealCommand.Create(run),
            SealCommand.Create(run),
            LoginCommand.Create(run),
            new Command("passphrase", "The vault's passphrase")
            {
                PassphraseChangeCommand.Create(run),
            },
            new Command("seal-provider", "What opens the vault when the daemon starts, without a human")
            {
                SealProviderAddCommand.Create(run),
                SealProviderListCommand.Create(run),
                SealProviderTestCommand.Create(run),
                SealProviderRemoveCommand.Create(run),
            },
            StoreCommand.Create(run),
            GetCommand.Create(run),
            ListCommand.Create(run),
            RemoveCommand.Create(run),
            ImportCommand.Create(run),
            RunCommand.Create(run),
            RunInsideCommand.Create(run),
            DoctorCommand.Create(run),
            ReadCommand.Create(run),
            RequestCommand.Create(run),
            SignCommand.Create(run),
            new Command("mcp", "The vault for programs that speak the Model Context Protocol")
            {
                McpServeCommand.Create(run),
                McpInstallCommand.Create(run),
                McpWrapCommand.Create(run),
                McpToolsCommand.Create(run),
            },
            GitCredentialCommand.Create(run),
            DockerCredentialCommand.Create(run),
            ApiKeyHelperCommand.Create(run),
            new Command("service", "The services that 'sanctum store --service' knows")
            {
                ServiceListCommand.Create(run),
                ServiceShowCommand.Create(run),
            },
            new Command("agent", "The agents that can connect")
            {
                AgentRegisterCommand.Create(run),
                AgentListCommand.Create(run),
                AgentRotateKeyCommand.Create(run),
                AgentDisableCommand.Create(run),
                AgentEnableCommand.Create(run),
                AgentFreezeCommand.Create(run),
                AgentUnfreezeCommand.Create(run),
                AgentRemoveCommand.Create(run),
            },
            new Command("policy", "What each agent may do. Without a policy, nothing")
            {
                PolicyAddCommand.Create(run),
                PolicySetCommand.Create(run),
                PolicyApplyCommand.Create(run),
                PolicyListCommand.Create(run),
                PolicyShowCommand.Create(run),
                PolicyRemoveCommand.Create(run),
                PolicySimulateCommand.Create(run),
            },
            new Command("lease", "The secrets that agents hold now")
            {
                LeaseStatusCommand.Create(run),
                LeaseRevokeCommand.Create(run),
            },
            new Command("approval", "Calls that require a human's approval, and what agents ask access for")
            {
                ApprovalListCommand.Create(run),
                ApprovalShowCommand.Create(run),
                ApprovalApproveCommand.Create(run),
                ApprovalGrantCommand.Create(run),
                ApprovalDenyCommand.Create(run),
            },
            new Command("audit", "Who did what")
            {
                AuditLogCommand.Create(run),
                AuditVerifyCommand.Create(run),
            },
            new Command("vault", "Where the vault lies")
            {
                VaultUpgradeCommand.Create(run),
                VaultMoveCommand.Create(run),
            },
            BackupCommand.Create(run),
            RestoreCommand.Create(run),
            DevCommand.Create(run),
            DemoCommand.Create(run),
            AttackCommand.Create(run),
            ScanCommand.Create(run),
            DocsCommand.Create(run),
            CompletionCommand.Create(run),
            ManCommand.Create(run),
        };
        options.AddTo(root);
        RootHelp.AddTo(root);
        return root;
    }
}

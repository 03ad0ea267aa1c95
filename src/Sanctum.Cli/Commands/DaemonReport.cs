using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Output;
using Sanctum.Daemon.Admin;
using Sanctum.Sealing;

namespace Sanctum.Cli.Commands;

/// <summary>What there is to say of a running daemon.</summary>
internal static class DaemonReport
{
    public static void Show(Run run, DaemonStatus daemon)
    {
        run.Terminal.Result(new StatusDocument(Running: true, daemon), json => json.StatusDocument, () => Describe(run, daemon));
        run.Terminal.Warn(daemon.Warnings);
    }

    private static void Describe(Run run, DaemonStatus daemon)
    {
        run.Terminal.Line($"daemon running (pid {daemon.ProcessId}), vault {(daemon.Sealed ? "sealed" : daemon.UnsealedBy is { } by and not SealProviderName.Passphrase ? $"unsealed by the seal provider {by}" : "unsealed")}{(daemon.Draining ? ", stopping" : "")}");
        run.Terminal.Line($"  socket       {daemon.Socket}");
        ShowIfAny(run, "tcp", daemon.Tcp);
        ShowIfAny(run, "http", daemon.Http);
        ShowIfAny(run, "proxy", daemon.Proxy);
        run.Terminal.Line($"  connections  {daemon.Connections}");
        run.Terminal.Line($"  since        {Times.Local(daemon.StartedAt)}");
        run.Terminal.Line($"  version      {daemon.Version.Split('+')[0]}");
        run.Terminal.Line($"  vault        {run.Remote?.ToString() ?? run.Vault.Path} ({daemon.VaultId})");
    }

    private static void ShowIfAny(Run run, string name, string? value)
    {
        if (value is not null)
        {
            run.Terminal.Line($"  {name,-11}  {value}");
        }
    }
}

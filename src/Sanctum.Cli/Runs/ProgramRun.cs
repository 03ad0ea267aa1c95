using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Runs.Children;
using Sanctum.Client;
using Sanctum.Client.Runs;

namespace Sanctum.Cli.Runs;

/// <summary>A program that runs with the vault's proxy: everything that it needs, for as long as it runs.</summary>
/// <param name="run">The command.</param>
/// <param name="agent">The agent. Its connection holds the run.</param>
/// <param name="keys">The files that were named for the agent's key.</param>
/// <param name="isIsolated">Whether the program has a network of its own.</param>
/// <param name="isQuiet">Whether nothing is said at the end.</param>
internal sealed class ProgramRun(Run run, SanctumClient agent, IEnumerable<string> keys, bool isIsolated, bool isQuiet)
{
    /// <summary>Runs it.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> RunAsync(IReadOnlyList<byte[]> command, RawEnvironment environment, RunValues values)
    {
        // 1 The vault opens a run: a token, an authority, placeholders. What the program trusts goes into a folder, and where all of it is into its environment.
        await using var opened = await OpenedRun.OpenAsync(agent, environment, values, isIsolated, run.Cancelled).ConfigureAwait(false);
        run.Terminal.Detail($"proxy on port {opened.Port}, files in {opened.Folder.Path}");

        // 2 The program starts, and has the terminal.
        using var child = isIsolated
            ? Child.StartAround(Isolation.Around(run.Vault.Path, keys, opened.Vaults.Socket, opened.Folder, opened.Vaults.Token, command), environment, Isolation.Inner)
            : Child.Start(command, environment);

        // 3 While it runs, the agent stays signed in.
        using var ended = new CancellationTokenSource();
        var renewing = new RunSession(run.Terminal, agent).KeepAsync(opened.Vaults.ExpiresAfter, ended.Token);
        var exitCode = await child.WaitAsync().ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        await renewing.ConfigureAwait(false);

        // 4 Where it was refused, the operator may want to allow it.
        await CloseAsync(opened.Vaults).ConfigureAwait(false);
        return exitCode;
    }

    private async Task CloseAsync(ProxyRun opened)
    {
        try
        {
            var closed = await agent.CloseRunAsync(opened, CancellationToken.None).ConfigureAwait(false);
            if (!isQuiet)
            {
                RefusedHosts.Show(run.Terminal, agent.AgentName, closed.Refused ?? [], closed.More);
            }
        }
        catch (Client.VaultException over)
        {
            // The program has ended as it has, and its run with the connection.
            run.Terminal.Detail($"the run could not be closed: {over.Message}");
        }
    }
}

using Sanctum.Cli.CommandLine;
using Sanctum.Cli.Runs.Children;
using Sanctum.Cli.Runs.Trust;
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
    private const string HomeWget = ".wgetrc";

    // Sessions last an hour mostly. Of one that lasts a moment, this much passes at least between two sign-ins.
    private static readonly TimeSpan ShortestSession = TimeSpan.FromSeconds(10);

    /// <summary>Runs it.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> RunAsync(IReadOnlyList<byte[]> command, RawEnvironment environment, RunValues values)
    {
        // 1 The vault opens a run: a token, an authority, placeholders.
        var opened = await agent.OpenRunAsync(values.Paths, run.Cancelled).ConfigureAwait(false);
        var placeholders = values.With(opened.Placeholders);

        // 2 What the program trusts goes into a folder.
        using var folder = RunFolder.Create();
        await using var bridge = isIsolated ? null : new Bridge(opened.Socket);
        await using var javas = isIsolated ? null : new Bridge(opened.Socket, new TokenHead(opened.Token).BeginAsync);
        var places = Write(folder, TrustBundle.Of(environment), environment, (opened, bridge?.Port ?? Isolation.Port, javas?.Port ?? Isolation.JavaPort));

        // 3 The program starts, and has the terminal.
        RunEnvironment.Prepare(environment, places, placeholders);
        run.Terminal.Detail($"proxy on port {places.Port}, files in {folder.Path}");
        using var child = isIsolated
            ? Child.StartAround(Isolation.Around(run.Vault.Path, keys, opened.Socket, command), environment, Isolation.Inner)
            : Child.Start(command, environment);

        // 4 While it runs, the agent stays signed in.
        using var ended = new CancellationTokenSource();
        var renewing = RenewAsync(opened.ExpiresAfter, ended.Token);
        var exitCode = await child.WaitAsync().ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        await renewing.ConfigureAwait(false);

        // 5 Where it was refused, the operator may want to allow it.
        await CloseAsync(opened).ConfigureAwait(false);
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

    private static RunPlaces Write(RunFolder folder, TrustBundle trust, RawEnvironment environment, (ProxyRun Run, int Port, int JavaPort) opened)
    {
        var authority = opened.Run.Authority;
        var bundle = folder.Write("bundle.pem", trust.With(authority));
        return new RunPlaces(
            opened.Port,
            opened.Run.Token,
            bundle,
            folder.Write("authority.pem", trust.ExtraWith(authority)),
            folder.Write("wgetrc", [.. OwnWget(environment), .. System.Text.Encoding.UTF8.GetBytes($"\nca_certificate = {bundle}\n")]),
            folder.Write("java.p12", JavaTrustStore.Of([.. trust.Roots, authority])),
            opened.JavaPort);
    }

    // The variable takes the place of the user's own file, so that is in it.
    private static byte[] OwnWget(RawEnvironment environment)
    {
        var file = environment.Get("WGETRC") is { Length: > 0 } named ? named : Path.Join(environment.Get("HOME"), HomeWget);
        return File.Exists(file) ? File.ReadAllBytes(file) : [];
    }

    private async Task RenewAsync(TimeSpan session, CancellationToken ended)
    {
        var pause = session / 2 > ShortestSession ? session / 2 : ShortestSession;
        while (true)
        {
            try
            {
                await Task.Delay(pause, ended).ConfigureAwait(false);
                await agent.RenewSessionAsync(ended).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Client.VaultConnectionException lost)
            {
                run.Terminal.Warn($"the run has ended, and its program's requests are refused: {lost.Message}");
                return;
            }
            catch (Client.VaultException refused)
            {
                // Sealed, or the agent is disabled: both can change back.
                run.Terminal.Detail($"the agent could not sign in again: {refused.Message}");
            }
        }
    }
}

using Sanctum.Cli.Terminals;
using Sanctum.Client;

namespace Sanctum.Cli.Runs;

/// <summary>Keeps an agent signed in for as long as a program of its runs.</summary>
internal sealed class RunSession(Terminal terminal, SanctumClient agent)
{
    // Sessions last an hour mostly. Of one that lasts a moment, this much passes at least between two sign-ins.
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(10);

    /// <summary>Signs in again and again.</summary>
    /// <param name="session">How long a session lasts.</param>
    /// <param name="ended">The program has ended.</param>
    /// <returns>Whether that was why it stopped; otherwise the connection was lost, and the run with it.</returns>
    public async Task<bool> KeepAsync(TimeSpan session, CancellationToken ended)
    {
        var pause = session / 2 > Shortest ? session / 2 : Shortest;
        while (true)
        {
            try
            {
                await Task.Delay(pause, ended).ConfigureAwait(false);
                await agent.RenewSessionAsync(ended).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return true;
            }
            catch (VaultConnectionException lost)
            {
                terminal.Warn($"the run has ended, and its program's requests are refused: {lost.Message}");
                return false;
            }
            catch (Client.VaultException refused)
            {
                // Sealed, or the agent is disabled: both can change back.
                terminal.Detail($"the agent could not sign in again: {refused.Message}");
            }
        }
    }
}

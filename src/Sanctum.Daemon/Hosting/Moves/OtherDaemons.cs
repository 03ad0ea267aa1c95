using Sanctum.Daemon.Admin;
using Sanctum.Storage;

namespace Sanctum.Daemon.Hosting.Moves;

/// <summary>Whether other daemons are at a database. They say so every five seconds.</summary>
internal static class OtherDaemons
{
    private const int LongestName = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Refuses while there are any. A daemon of this folder can only be one that ended without saying so: it is waited for, until it counts as gone.</summary>
    /// <param name="store">Where.</param>
    /// <param name="own">What the daemon of this folder is called.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OperatorException">Others are there; it names them.</exception>
    public static async Task RequireNoneAsync(ISharedVaultStore store, string own, CancellationToken cancellationToken)
    {
        DateTimeOffset? ended = null;
        while (true)
        {
            var there = (await store.ReadNodesAsync(cancellationToken).ConfigureAwait(false)).Where(node => node.Silence < Nodes.Stale).ToArray();
            var mine = Array.Find(there, node => node.Name == own);
            ended ??= mine?.Seen;
            var others = there.Where(node => node != mine || node.Seen != ended).Select(node => Protocol.ErrorText.Clean(node.Name, LongestName)).ToArray();
            if (others.Length > 0)
            {
                throw new OperatorException(
                    OperatorErrors.InUse, $"other daemons serve this vault: {string.Join(", ", others)}. It was not moved",
                    "run 'sanctum daemon stop' where each of them runs, and try again; one that died counts as gone after 15 seconds");
            }

            if (mine is null)
            {
                return;
            }

            await Task.Delay(Pause, cancellationToken).ConfigureAwait(false);
        }
    }
}

using System.Diagnostics;

namespace Sanctum.Egress.Receiving;

/// <summary>
/// How long work has had its thread without a break. What takes long lets others have theirs every few milliseconds: by time and not by bytes, because what
/// is made to be slow takes many times as long for each byte.
/// </summary>
internal sealed class ThreadTurn
{
    private static readonly TimeSpan Length = TimeSpan.FromMilliseconds(2);

    private long _since = Stopwatch.GetTimestamp();

    /// <summary>Whether it is time for others.</summary>
    public bool IsOver => Stopwatch.GetElapsedTime(_since) > Length;

    /// <summary>Others have had their turns.</summary>
    public void Begin() => _since = Stopwatch.GetTimestamp();

    /// <summary>Takes what there is to work on next. While it is waited for, others have their turns anyway.</summary>
    public async ValueTask<T> NextAsync<T>(ValueTask<T> next)
    {
        if (!next.IsCompleted)
        {
            var result = await next.ConfigureAwait(false);
            Begin();
            return result;
        }

        if (IsOver)
        {
            await Task.Yield();
            Begin();
        }

        return await next.ConfigureAwait(false);
    }
}

using System.Numerics;

namespace Sanctum.Policies;

/// <summary>
/// Which error a refusal is. An action that only waiting would open is rate limited; one that only a human would open needs
/// approval; one that is granted for other destinations is denied its own; and one closed for good closes the whole call, whatever the others wait for.
/// </summary>
internal static class Refusal
{
    public static (VaultErrorCode Code, TimeSpan? RetryAfter) Of(PolicyActions missing, IReadOnlyList<Miss> misses)
    {
        var approval = false;
        var destination = false;
        TimeSpan? retryAfter = null;
        for (var rest = (int)missing; rest != 0; rest &= rest - 1)
        {
            var action = (PolicyActions)(1 << BitOperations.TrailingZeroCount(rest));
            if (SoonestRetry(action, misses) is { } wait)
            {
                retryAfter = wait > retryAfter.GetValueOrDefault() ? wait : retryAfter;
            }
            else if (misses.Any(miss => miss.Action == action && miss.Unmet == UnmetCondition.Approval))
            {
                approval = true;
            }
            else if (misses.Any(miss => miss.Action == action && miss.Unmet == UnmetCondition.Destination))
            {
                destination = true;
            }
            else
            {
                return (VaultErrorCode.AccessDenied, null);
            }
        }

        return destination ? (VaultErrorCode.EgressDenied, null)
            : retryAfter is not null ? (VaultErrorCode.RateLimited, retryAfter)
            : approval ? (VaultErrorCode.ApprovalRequired, null)
            : (VaultErrorCode.AccessDenied, null);
    }

    private static TimeSpan? SoonestRetry(PolicyActions action, IReadOnlyList<Miss> misses)
    {
        TimeSpan? soonest = null;
        foreach (var miss in misses)
        {
            if (miss.Action == action && miss.Unmet == UnmetCondition.HourlyLimit && !(miss.RetryAfter >= soonest))
            {
                soonest = miss.RetryAfter;
            }
        }

        return soonest;
    }
}

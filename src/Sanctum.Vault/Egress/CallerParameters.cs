using System.Collections.Frozen;
using Sanctum.Destinations;

namespace Sanctum.Egress;

/// <summary>
/// Query parameters by which services let privileged callers be somebody else, as some do by the header <c>Sudo</c>: <c>sudo</c> (GitLab, Gitea), <c>_switch_user</c>
/// (Symfony). Names are as <see cref="HeaderWords.AsVariable"/> reads them.
/// </summary>
internal static class CallerParameters
{
    private static readonly FrozenSet<string> Names = FrozenSet.Create(StringComparer.Ordinal, "sudo", "-switch-user");

    /// <exception cref="VaultException">A query parameter names whom the request acts for; invalid params.</exception>
    public static void RequireNone(RequestTarget target)
    {
        if (target.Url.QueryMembers().Any(member => Names.Contains(HeaderWords.AsVariable(member.Key))))
        {
            throw Errors.OtherCaller();
        }
    }
}

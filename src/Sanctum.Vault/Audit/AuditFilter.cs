using Sanctum.Policies;
using Sanctum.Text;

namespace Sanctum.Audit;

/// <summary>A query, ready to be asked of many entries.</summary>
internal sealed class AuditFilter
{
    private readonly AuditQuery _query;
    private readonly Glob? _resource;

    public AuditFilter(AuditQuery query)
    {
        if (query.Last is < 1)
        {
            throw Errors.InvalidParams("last", "the number of entries is at least 1");
        }

        if (query.Action is { } action && !AuditActions.All.Contains(action))
        {
            throw Errors.InvalidParams("action", "there is no such action");
        }

        (_query, _resource) = (query, query.Resource is { } pattern ? new Glob(pattern) : null);
    }

    public int? Last => _query.Last;

    public DateTimeOffset? Since => _query.Since;

    public bool Matches(AuditEntry entry) =>
        (_query.Agent is null || entry.Actor == Actors.AgentPrefix + _query.Agent)
        && (_query.Action is null || entry.Action == _query.Action)
        && (!_query.Denied || entry.Outcome != AuditOutcome.Allowed)
        && (_query.Since is null || entry.Time >= _query.Since)
        && (_query.Until is null || entry.Time <= _query.Until)
        && (_resource is null || (entry.Resource is { } resource && _resource.Matches(resource)));
}

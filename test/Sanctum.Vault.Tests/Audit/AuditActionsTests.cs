using System.Reflection;
using Sanctum.Audit;

namespace Sanctum.Tests.Audit;

public sealed class AuditActionsTests
{
    [Fact]
    public void Every_action_can_be_asked_for()
    {
        var constants = typeof(AuditActions).GetFields(BindingFlags.Public | BindingFlags.Static).Where(it => it.IsLiteral).Select(it => (string)it.GetRawConstantValue()!);

        Assert.Equal(constants.Order(StringComparer.Ordinal), AuditLog.Actions);
    }
}

"""What reports say, in both languages."""

from typing import Final

from analytics.supervision.period import Rhythm
from analytics.supervision.score import MIN_ANSWERS, OWNERS_WEIGHT, STRENGTH
from analytics.supervision.standing import Measure
from gateway.catalogue import Text

TITLES: Final = {
    Rhythm.DAY: Text(zh="每日分析", en="Daily analysis"),
    Rhythm.WEEK: Text(zh="每周通报", en="Weekly bulletin"),
    Rhythm.MONTH: Text(zh="月度评分", en="Monthly scores"),
    Rhythm.QUARTER: Text(zh="季度红黑榜建议", en="Proposals for the quarterly red and black list"),
    Rhythm.HALF_YEAR: Text(zh="半年考核", en="Half-year assessment"),
    Rhythm.YEAR: Text(zh="年度考核", en="Yearly assessment"),
}
TRACES: Final = {
    "alarm": Text(zh="报警", en="alarm"),
    "order": Text(zh="工单", en="order"),
    "asset": Text(zh="设备", en="asset"),
    "post_check": Text(zh="查岗", en="duty check"),
}
STAGES: Final = {
    "proposed": Text(zh="待决定", en="proposed"),
    "heard": Text(zh="已听取社区意见", en="community heard"),
    "issued": Text(zh="已送达", en="issued"),
    "appealed": Text(zh="申诉中", en="appealed"),
    "talked": Text(zh="已约谈", en="talked"),
    "deducted": Text(zh="已扣信用分", en="credit deducted"),
    "reported": Text(zh="已报整改，待复查", en="reported done, to be checked"),
    "failed": Text(zh="复查未通过", en="re-check failed"),
    "published": Text(zh="已公布", en="published"),
    "exit_proposed": Text(zh="建议退出", en="exit proposed"),
    "done": Text(zh="已办结", en="done"),
    "withdrawn": Text(zh="已撤回", en="withdrawn"),
}
STEPS: Final = {
    "hear": Text(zh="听取社区意见", en="community heard"),
    "issue": Text(zh="送达", en="issue"),
    "appeal": Text(zh="申诉", en="appeal"),
    "uphold": Text(zh="维持", en="uphold"),
    "talk": Text(zh="约谈", en="talk"),
    "deduct": Text(zh="扣信用分", en="deduct credit"),
    "report": Text(zh="报告整改完成", en="report done"),
    "approve": Text(zh="复查通过", en="re-check passed"),
    "fail": Text(zh="复查未通过", en="re-check failed"),
    "extend": Text(zh="延期", en="extend"),
    "publish": Text(zh="公布", en="publish"),
    "correct": Text(zh="信用修复", en="correct"),
    "propose_exit": Text(zh="建议退出", en="propose exit"),
    "withdraw": Text(zh="撤回", en="withdraw"),
}
MEASURED_BY: Final = {
    Measure.TOTAL: Text(
        zh="按总分排名（业主评价占60%）", en="Ranked by the total (owners' ratings 60 %)."
    ),
    Measure.EQUIPMENT: Text(
        zh=f"部分企业业主评价不足{MIN_ANSWERS}份，全部按设备分排名，不以其他数据代替评价",
        en=f"Some companies have fewer than {MIN_ANSWERS} answers: all are ranked by the equipment"
        " score; nothing stands in for an answer.",
    ),
}


NOTES: Final = (
    Text(
        zh=f"得分率 = 覆盖率 ×（完成 + {STRENGTH:g} × 覆盖率 × 全体完成率）÷"
        f"（应完成 + {STRENGTH:g} × 覆盖率）；事项越少越接近全体水平。",
        en=f"rate = coverage x (done + {STRENGTH:g} x coverage x rate of all) /"
        f" (to be done + {STRENGTH:g} x coverage); little to do draws to the level of all.",
    ),
    Text(
        zh=f"总分 = 业主评价 × {OWNERS_WEIGHT:.0%} + 设备分 × {1 - OWNERS_WEIGHT:.0%}；"
        f"评价不足 {MIN_ANSWERS} 份时不形成总分。",
        en=f"total = owners' mean x {OWNERS_WEIGHT:.0%} + equipment score x"
        f" {1 - OWNERS_WEIGHT:.0%}; none with fewer than {MIN_ANSWERS} answers.",
    ),
    Text(
        zh="演练不计分。每一分都可由“得分明细”追溯到具体事项。",
        en="Drills are outside every score. Each point is traced to the facts in the last table.",
    ),
)

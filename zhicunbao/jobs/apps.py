"""The clock and the command line: nothing here has pages or tables."""

from zhicunbao.base import feature


class JobsConfig(feature.FeatureConfig):
    """The worker, verification, and the demo street."""

    name = "zhicunbao.jobs"
    title = "后台"
